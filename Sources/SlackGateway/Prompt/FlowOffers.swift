import ApprovalCore
import ApprovalEngine
import Crypto
import FlowConfig
import Support

/// Which flows a person is offered in Slack: those of the workspace, or what the organisation's flows filter leaves of
/// them (SYM-64). Whatever the filter leaves out cannot be asked for in Slack by any other way either.
///
/// While the filter fails, nothing is offered: showing what it would have hidden cannot be taken back. The API knows no
/// filter (sym-sdk.md 2.7).
final class FlowOffers: Sendable {
    private struct Key: Hashable, Sendable {
        var account: Account
        var workspace: String
        /// Of filter and flows.
        var revision: String
    }

    private let engine: ApprovalEngine
    private let handlers: any FormHandlers
    private let cache: BoundedCache<Key, Set<String>>
    private let asking = Coalescer<Key, Set<String>, HandlerError>()

    /// From opening the form to submitting it the filter is seldom asked twice.
    static let life: Duration = .seconds(60)
    static let countMax = 10_000

    init(engine: ApprovalEngine, handlers: any FormHandlers) {
        self.engine = engine
        self.handlers = handlers
        cache = BoundedCache(life: Self.life, countMax: Self.countMax, clock: engine.clock)
    }

    /// Flows of a workspace that can be started from Slack, by whomever.
    func flows(in workspace: String) -> [Flow] {
        engine.configuration().flows.filter { $0.environment.workspace == workspace && $0.accepts(.slack) }
    }

    /// Those of a workspace that cannot run, and those of which not even the workspace is known. A filter cannot say who
    /// may know of them, so nobody does where there is one.
    func brokenFlows(in workspace: String) -> [BrokenFlow] {
        isFiltered ? [] : engine.configuration().brokenFlows.filter { $0.workspace.map { $0 == workspace } ?? true }
    }

    var isFiltered: Bool {
        let configuration = engine.configuration()
        return configuration.flowsFilter != nil || !configuration.flowsFilterProblems.isEmpty
    }

    /// - Parameter limit: how long the filter may take.
    func offered(
        to person: Person, in workspace: String, within limit: Duration
    ) async throws(HandlerError) -> [Flow] {
        let flows = flows(in: workspace)
        if let problem = engine.configuration().flowsFilterProblems.first { throw .failed("\(problem)") }
        guard let filter = engine.configuration().flowsFilter, !flows.isEmpty else { return flows }
        let key = Key(account: person.account, workspace: workspace, revision: Self.revision(of: filter, flows))
        let names: Set<String>
        if let known = cache[key] {
            names = known
        } else {
            names = try await asking.value(for: key) { [engine, handlers] () throws(HandlerError) in
                let question = PersonQuestion(
                    person: person, now: engine.clock.now(), limit: limit,
                    idempotencyKey: "flows/\(person.account)/\(engine.ids.next())"
                )
                return Set(
                    try await handlers.offered(flows, by: filter, workspace: workspace, question).map(\.name)
                )
            }
            cache.keep(names, for: key)
        }
        return flows.filter { names.contains($0.name) }
    }

    private static func revision(of filter: FlowsFilter, _ flows: [Flow]) -> String {
        var text = filter.implementation
        for (name, value) in filter.vars.sorted(by: { $0.key < $1.key }) { text += "\u{0}\(name)\u{0}\(value)" }
        for (key, integration) in filter.integrations.sorted(by: { $0.key < $1.key }) {
            text += "\u{0}\(key)\u{0}\(integration.type)\u{0}\(integration.name)\u{0}\(integration.externalID)"
            for (name, value) in integration.settings.sorted(by: { $0.key < $1.key }) {
                text += "\u{0}\(name)\u{0}\(value)"
            }
        }
        for flow in flows { text += "\u{0}" + FlowRevision(of: flow).hash }
        return SHA256.hex(text)
    }
}
