import ApprovalCore
import ApprovalEngine
import Support

/// What an `http` strategy and its target are configured with.
struct HTTPSettings: Hashable, Sendable {
    var url: String
    /// The name of the secret that calls are signed with.
    var signingSecret: String
    /// For one call.
    var timeout: Duration
    /// What the target system is told of its own settings.
    var forTarget: [String: String]

    /// Settings that are ours to read, not the target system's.
    static let ours: Set = ["url", "shared", "retry_ambiguous"]

    /// - Parameter timeoutDefault: for strategies that do not say.
    init(_ order: AccessOrder, timeoutDefault: Duration) throws(StrategyError) {
        guard let url = order.settings["url"], Self.isWebAddress(url) else {
            throw .notSent("The target has no address to call: its \"url\" must begin with https:// or http://.")
        }
        guard let signingSecret = order.strategy.settings["signing_secret"] else {
            throw .notSent("The strategy names no \"signing_secret\", and unsigned calls are not made.")
        }
        self.url = url
        self.signingSecret = signingSecret
        var timeout = order.strategy.settings["timeout"].flatMap { Int64($0) }.map { .seconds($0) } ?? timeoutDefault
        // A job may not run longer than was approved (COR-14): the call is cut off there.
        if let seconds = order.flow.constraints.maxRuntimeSeconds { timeout = min(timeout, .seconds(seconds)) }
        self.timeout = timeout
        forTarget = order.settings.filter { !Self.ours.contains($0.key) }
    }

    private static func isWebAddress(_ url: String) -> Bool {
        let start = url.prefix(8).lowercased()
        return start.hasPrefix("https://") || start.hasPrefix("http://")
    }
}
