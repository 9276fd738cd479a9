/// What this version can do with what a configuration may ask for. Anything else is a problem that says so: nothing
/// pretends (decisions.md 17).
package struct Capabilities: Hashable, Sendable {
    /// What a configuration may have in Python.
    package enum PythonPart: Hashable, Sendable, CaseIterable {
        case implementation, prefetch, onChange, strategy, flowsFilter
    }

    package var python: Set<PythonPart>
    package var strategyTypes: Set<String>
    package var integrationTypes: Set<String>
    package var secretSourceTypes: Set<String>
    package var logDestinationTypes: Set<String>

    package init(
        python: Set<PythonPart>, strategyTypes: Set<String> = ["http", "custom"],
        integrationTypes: Set<String> = ["slack", "custom"],
        secretSourceTypes: Set<String> = ["environment", "file"], logDestinationTypes: Set<String> = []
    ) {
        self.python = python
        self.strategyTypes = strategyTypes
        self.integrationTypes = integrationTypes
        self.secretSourceTypes = secretSourceTypes
        self.logDestinationTypes = logDestinationTypes
    }

    /// All of Python, or none of it.
    package init(python: Bool) { self.init(python: python ? Set(PythonPart.allCases) : []) }

    /// What `serve` and `check` go by.
    package static let current = Capabilities(python: true)
}
