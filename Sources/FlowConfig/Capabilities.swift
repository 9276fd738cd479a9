/// What this version can do with what a configuration may ask for. Anything else is a problem that says so: nothing
/// pretends (decisions.md 17).
package struct Capabilities: Hashable, Sendable {
    /// Whether handlers in Python run: implementations, prefetch, `on_change`, custom strategies, the flows filter.
    package var python: Bool
    package var strategyTypes: Set<String>
    package var integrationTypes: Set<String>
    package var secretSourceTypes: Set<String>
    package var logDestinationTypes: Set<String>

    package init(
        python: Bool, strategyTypes: Set<String> = ["http", "custom"],
        integrationTypes: Set<String> = ["slack", "custom"],
        secretSourceTypes: Set<String> = ["environment", "file"], logDestinationTypes: Set<String> = []
    ) {
        self.python = python
        self.strategyTypes = strategyTypes
        self.integrationTypes = integrationTypes
        self.secretSourceTypes = secretSourceTypes
        self.logDestinationTypes = logDestinationTypes
    }

    /// What `serve` and `check` go by.
    package static let current = Capabilities(python: false)
}
