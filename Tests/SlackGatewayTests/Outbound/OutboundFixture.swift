import ApprovalCore
import ApprovalEngine
import HTTPModel
import SlackContract
import SlackGateway
import Support
import Synchronization
import TestSupport

/// Slack as a script, and everything of ours that calls it. The workspace is T0ACME, the bot is U0BOT.
struct Outbound: Sendable {
    static let workspace = "T0ACME"
    static let token = "xoxb-1234567890-secret-of-the-bot"

    let transport = ScriptedTransport()
    let clock = ManualClock()
    let records = Records()
    let client: SlackClient
    let directory: SlackDirectory
    let messenger: SlackMessenger

    /// What was noticed on the way.
    final class Records: Sendable {
        private let state = Mutex((lines: [String](), readers: [CardReader](), broken: [String]()))
        let token = Mutex(Outbound.token)

        var lines: [String] { state.withLock { $0.lines } }
        /// For whom cards were rendered.
        var readers: [CardReader] { state.withLock { $0.readers } }
        var broken: [String] { state.withLock { $0.broken } }
        func lines(of level: String) -> [String] { lines.filter { $0.contains("\"level\":\"\(level)\"") } }

        func add(line: String) { state.withLock { $0.lines.append(line) } }
        func add(reader: CardReader) { state.withLock { $0.readers.append(reader) } }
        func add(broken: String) { state.withLock { $0.broken.append(broken) } }
    }

    init(apiURL: String = SlackClient.Settings.slack, botUser: String? = "U0BOT") {
        let records = records
        let log = Log(threshold: .debug, clock: clock.clock) { records.add(line: $0) }
        client = SlackClient(
            settings: SlackClient.Settings(apiURL: apiURL), transport: transport,
            installation: { workspace in
                guard workspace == Self.workspace else { return nil }
                return SlackInstallation(
                    token: Secret(records.token.withLock { $0 }), botUser: botUser, botID: botUser.map { _ in "B0BOT" },
                    appID: "A0APP", workspace: workspace
                )
            },
            brokenInstallation: { records.add(broken: "\($0) \($1)") }, clock: clock.clock, log: log
        )
        directory = SlackDirectory(client: client, clock: clock.clock, log: log)
        messenger = SlackMessenger(
            client: client, clock: clock.clock, log: log,
            render: { card, run, _, reader, marker in
                records.add(reader: reader)
                return Self.message(card, run, marker)
            },
            renderNotice: { notice, _, _ in Message(text: "no: \(notice.refusal.name)") }
        )
    }

    // MARK: What is said

    static func message(_ card: Card, _ run: AccessRequest, _ marker: String) -> Message {
        Message(
            text: "Ada asks for *prod*",
            blocks: [
                .section("Ada asks for *prod*"),
                .actions([.button(id: "approve", text: "Approve", value: "run-1")]),
            ],
            metadata: Message.Metadata(
                eventType: "symflow_card", eventPayload: ["run": .string(run.id.text), "card": .string(marker)]
            )
        )
    }

    static let metadata: JSONValue = [
        "event_type": "symflow_card", "event_payload": ["run": "run-1", "card": "run-1/1/0"],
    ]
    static let marker = "run-1/1/0"
    static let copy = Card.Copy(channel: "C0DB", ts: "1503435956.000247")

    static let ada = Person(
        id: "person-ada", account: Account(workspace: workspace, user: "U0ADA"), name: "Ada", role: .member,
        observedAt: ManualClock.start
    )

    static func flow(guests: Bool = false, errorChannel: String? = nil) -> Flow {
        Flow(
            name: "prod", label: "Production",
            environment: Environment(name: "main", workspace: workspace, errorChannel: errorChannel),
            allowGuestInteraction: guests
        )
    }

    static var run: AccessRequest {
        AccessRequest.submit(
            Submission(flow: "prod", requester: ada, at: ManualClock.start), as: "run-1", revision: "r1",
            terms: Terms(hasStrategy: false), binding: Binding(jobHash: "j", policySnapshot: "p", parts: [:])
        ).run
    }

    static func card(_ place: Routing.Place, copy: Card.Copy? = nil) -> Card {
        var card = run.cards[0]
        card.slot = "1/0"
        card.audience = .approvers
        card.place = place
        card.copy = copy
        return card
    }

    // MARK: Saying it

    func show(
        _ place: Routing.Place = .channel("C0DB"), copy: Card.Copy? = nil, flow: Flow = Outbound.flow(),
        marker: String = Outbound.marker, postedSince: Timestamp? = nil
    ) async -> Delivery {
        await messenger.show(
            Self.card(place, copy: copy), of: Self.run, flow: flow, marker: marker, postedSince: postedSince
        )
    }

    // MARK: What Slack says

    static func posted(_ channel: String = "C0DB", ts: String = "1503435956.000247") -> ScriptedTransport.Reply {
        .json(["ok": true, "channel": .string(channel), "ts": .string(ts), "message": [:]])
    }

    static func error(_ code: String) -> ScriptedTransport.Reply { .json(["ok": false, "error": .string(code)]) }

    static func rateLimited(_ seconds: String?) -> ScriptedTransport.Reply {
        .json(
            ["ok": false, "error": "ratelimited"], status: 429, headers: seconds.map { ["Retry-After": $0] } ?? [:]
        )
    }

    static func channel(_ id: String = "C0DB", isShared: Bool = false) -> ScriptedTransport.Reply {
        .json(["ok": true, "channel": ["id": .string(id), "name": "db", "is_ext_shared": .bool(isShared)]])
    }

    /// Every channel is one of ours alone.
    func ownChannels() { transport.always("conversations.info", Self.channel()) }
}

extension SlackCallError {
    /// The case without what it carries.
    var kind: String {
        switch self {
        case .heldUntil: "held"
        case .notSent: "not sent"
        case .ambiguous: "ambiguous"
        case .refused: "refused"
        case .noInstallation: "no installation"
        }
    }
}

extension Delivery {
    var kind: String {
        switch self {
        case .done: "done"
        case .later: "later"
        case .notSent: "not sent"
        case .ambiguous: "ambiguous"
        case .gone: "gone"
        case .refused: "refused"
        }
    }

    var reason: String {
        switch self {
        case .done, .later: ""
        case .notSent(let reason), .ambiguous(let reason), .gone(let reason), .refused(let reason): reason
        }
    }
}

/// What a call throws; `nil` when it throws nothing.
func failure<R>(of call: () async throws(SlackCallError) -> R) async -> SlackCallError? {
    do throws(SlackCallError) {
        _ = try await call()
        return nil
    } catch {
        return error
    }
}
