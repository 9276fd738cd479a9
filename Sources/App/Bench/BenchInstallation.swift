import Crypto
import FoundationEssentials
import StorePostgres
import Support

/// A server to be measured: its own folder, configuration, database and keys, with durable commits as in production.
struct BenchInstallation: Sendable {
    let folder: String
    /// The address of Slack's and the target's stand-ins.
    let peersURL: String
    let signingSecret: Secret
    let database: DatabaseURL
    /// Where the database is one of ours on a server.
    private let scratch: ScratchDatabase?

    static let workspace = "T0BENCH"
    static let appID = "A0BENCH"
    static let mailDomain = "bench.test"
    /// Approval-only: what single clicks are measured with.
    static let approvalFlow = "approval"
    /// Flows with access, each with a channel of its own, as there is about one message a second for each channel.
    static let accessFlows = 400
    static let accessSeconds = 1
    /// Approval-only, with a reducer in Python that takes its time.
    static let slowFlow = "slow"
    static let slowSeconds = 0.2

    private var configPath: String { folder + "/config" }

    /// - Parameters:
    ///   - server: a PostgreSQL server to make a database on; else there is one in SQLite.
    ///   - hasSlowFlow: whether there is a flow in Python.
    init(peersURL: String, signingSecret: Secret, server: String?, hasSlowFlow: Bool = false) throws {
        let parent = FileManager.default.temporaryDirectory
        let id = IDGenerator.random.next()
        folder = parent.appending(path: "symflow-bench-\(id)").path()
        let name = "symflow_bench_" + id.lowercased().filter { $0.isLetter || $0.isNumber }
        scratch = try server.map { try ScratchDatabase(on: $0, name: name) }
        database = scratch.map { .postgres(url: $0.url) } ?? .sqlite(path: folder + "/symflow.db")
        self.peersURL = peersURL
        self.signingSecret = signingSecret
        try FileManager.default.createDirectory(atPath: folder + "/config", withIntermediateDirectories: true)
        if hasSlowFlow {
            try Data(Self.slowSource.utf8).write(to: URL(filePath: folder + "/config/slow.py"))
            try Data(Self.slowConfiguration.pretty.utf8).write(to: URL(filePath: folder + "/config/slow.json"))
        }
        try Data(configuration.pretty.utf8).write(to: URL(filePath: folder + "/config/bench.json"))
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: folder)
        try? scratch?.drop()
    }

    /// Starts the executable that is running now as `serve`, with what production logs.
    func start() throws -> ServerProcess { try start(replica: 1) }

    /// Several of them on one database.
    func start(replicas: Int) throws -> ServerGroup {
        ServerGroup(servers: try (1...replicas).map { try start(replica: $0) })
    }

    private func start(replica: Int) throws -> ServerProcess {
        let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("S") }
        environment["SYM_PYTHON"] = ProcessInfo.processInfo.environment["SYM_PYTHON"]
        environment["SYM_LISTEN"] = "127.0.0.1:0"
        environment["SYM_CONFIG"] = configPath
        switch database {
        case .sqlite(let path): environment["SYM_DATABASE_URL"] = "sqlite:" + path
        case .postgres(let url): environment["SYM_DATABASE_URL"] = url
        }
        environment["SYM_SECRET_KEY"] = Data(Self.keyBytes).base64EncodedString()
        environment["SLACK_SIGNING_SECRET"] = signingSecret.reveal { $0 }
        environment["SLACK_BOT_TOKEN"] = "xoxb-bench"
        environment["SLACK_APP_ID"] = Self.appID
        environment["SLACK_API_URL"] = peersURL + "/api/"
        environment["BENCH_TARGET_SECRET"] = "bench-target-secret"
        return try ServerProcess(
            executable, ["serve"], environment: environment, log: folder + "/server-\(replica).log")
    }

    func openStore() throws -> any OpenStore { try database.open() }

    func configurationFolder() -> ConfigFolder { ConfigFolder(configPath) }

    static let keyBytes = [UInt8](repeating: 7, count: MasterKey.byteCount)

    static func channel(_ number: Int) -> String { "C0B" + String(100_000 + number) }
    static func accessFlow(_ number: Int) -> String { "access_\(number)" }

    private static let slowSource = """
        import time
        from sym.sdk.annotations import reducer
        from sym.sdk.request_permission import PermissionLevel, RequestPermission

        @reducer
        def get_permissions(event):
            time.sleep(\(slowSeconds))
            return RequestPermission(webapp_view=PermissionLevel.MEMBER, approve_deny=PermissionLevel.MEMBER)

        """

    private static let slowConfiguration: JSONValue = [
        "flows": [
            [
                "name": .string(slowFlow), "label": "Slow", "environment": "main", "implementation": "slow.py",
                "params": ["prompt_fields": [["name": "what", "type": "string", "label": "What?"]]],
                "notify": [["channel": .string(channel(1))]],
            ]
        ]
    ]

    private var configuration: JSONValue {
        let question: JSONValue = ["name": "what", "type": "string", "label": "What do you want to do?"]
        var flows: [JSONValue] = [
            [
                "name": .string(Self.approvalFlow), "label": "Ask for a go-ahead", "environment": "main",
                "params": ["prompt_fields": [question]], "notify": [["channel": .string(Self.channel(0))]],
            ]
        ]
        for number in 0..<Self.accessFlows {
            flows.append(
                [
                    "name": .string(Self.accessFlow(number)), "label": .string("Database \(number)"),
                    "environment": "main", "params": ["strategy": "access", "prompt_fields": [question]],
                    "risk_tags": ["prod", "write"], "notify": [["channel": .string(Self.channel(number))]],
                ]
            )
        }
        return [
            "organization": ["slug": "bench", "label": "Bench", "domains": [.string(Self.mailDomain)]],
            "integrations": [["type": "slack", "name": "slack", "external_id": .string(Self.workspace)]],
            "environments": [["name": "main", "integrations": ["slack": "slack"]]],
            "secrets": [["name": "signing", "path": "BENCH_TARGET_SECRET"]],
            "strategies": [
                [
                    "type": "http", "name": "access", "settings": ["signing_secret": "signing"],
                    "targets": ["database"],
                ]
            ],
            "targets": [["type": "http", "name": "database", "settings": ["url": .string(peersURL + "/grants")]]],
            "settings": [
                "duration_default": .string("\(Self.accessSeconds)s"),
                // What is measured is the server, not its limits.
                "api": ["calls_per_second": 1_000_000, "calls_at_once": 1_000_000],
            ], "flows": .array(flows),
        ]
    }
}
