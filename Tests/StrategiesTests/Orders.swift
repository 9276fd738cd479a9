import ApprovalCore
import ApprovalEngine
import Support

/// Orders for one run that Eve asked for and Ada approved: five minutes after the submission at `start`.
enum Orders {
    static let start = Timestamp(seconds: 1_767_600_000)
    static let secret = Secret("8f742231b10e8888abcd99yyyzzz85a5")

    static let eve = Person(
        id: "person-eve", account: Account(workspace: "T0ACME", user: "U0EVE"), name: "Eve", email: "eve@acme.test",
        role: .member, observedAt: start
    )
    static let ada = Person(
        id: "person-ada", account: Account(workspace: "T0ACME", user: "U0ADA"), name: "Ada", email: "ada@acme.test",
        role: .admin, observedAt: start + .minutes(5)
    )

    static func flow(
        strategySettings: [String: String] = ["signing_secret": "signing"],
        targetSettings: [String: String] = [
            "url": "https://grants.acme.test/orders", "database": "orders", "retry_ambiguous": "true",
        ],
        fieldBindings: [String] = [], constraints: Constraints = Constraints()
    ) -> Flow {
        let target = Target(
            type: "http", name: "orders", label: "Orders", settings: targetSettings, fieldBindings: fieldBindings
        )
        return Flow(
            name: "prod_db", environment: Environment(name: "main", workspace: "T0ACME"),
            strategy: Strategy(type: "http", name: "prod-http", settings: strategySettings, targets: [target]),
            constraints: constraints
        )
    }

    static func escalate(
        _ flow: Flow = flow(), fields: [String: FieldValue] = ["reason": .string("INC-7")], epoch: Int = 1
    ) throws -> AccessOrder {
        try order("escalate", flow, fields: fields, epoch: epoch, output: nil)
    }

    static func deescalate(_ flow: Flow = flow(), output: String? = nil) throws -> AccessOrder {
        var order = try order("deescalate", flow, fields: [:], epoch: 1, output: output)
        for command in [Command.attemptStarts(epoch: 1), .granted(epoch: 1, output: output)] {
            try take(command, into: &order.run, at: start + .minutes(6))
        }
        try take(.checkDeadline(holdExpiries: false), into: &order.run, at: start + .hours(3))
        return order
    }

    private static func order(
        _ step: String, _ flow: Flow, fields: [String: FieldValue], epoch: Int, output: String?
    ) throws -> AccessOrder {
        let submission = Submission(
            flow: flow.name, requester: eve, target: "orders", fields: fields, durationSeconds: 3600, at: start
        )
        var (run, _) = AccessRequest.submit(
            submission, as: "run-1", revision: "r1",
            terms: Terms(submission, flow: flow, identity: "eve@acme.test", hooks: []),
            binding: BindingDocuments(submission, flow: flow, identity: "eve@acme.test").binding(round: 1)
        )
        let routing = Routing(mayDecide: DeciderRule(), stages: [.init(places: [.channel("#db")])])
        try take(.routed(.ask(routing), round: 1), into: &run, at: start)
        let click = Receipt(
            id: "click-1", account: ada.account, action: .approve, at: start + .minutes(5), round: 1
        )
        try take(.click(click, Evidence(person: ada)), into: &run, at: start + .minutes(5))
        let target = flow.strategy?.target(named: "orders")
        guard let strategy = flow.strategy else { throw Missing() }
        return AccessOrder(
            idempotencyKey: "run-1/\(step)/\(epoch)", run: run, flow: flow, strategy: strategy, target: target,
            settings: target?.resolvedSettings(with: fields) ?? [:], identity: "eve@acme.test", output: output
        )
    }

    private static func take(_ command: Command, into run: inout AccessRequest, at now: Timestamp) throws {
        for fact in try run.decide(command, at: now).facts { run.apply(fact, at: now) }
    }

    private struct Missing: Error {}
}
