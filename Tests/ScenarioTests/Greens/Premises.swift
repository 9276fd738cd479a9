import FoundationEssentials
import HTTPModel
import Support
import TestSupport
import Testing

/// Where the program stands: alone on SQLite, or three times on PostgreSQL. What the four greens need of either.
protocol Premises: Sendable {
    var slack: EmulatedSlack { get }
    var target: TargetSystem { get }
    /// How many of the program there are.
    var count: Int { get }

    func person(_ name: String) -> Person
    @discardableResult func receives(_ delivery: Delivery, at number: Int) async throws -> HTTPResponse
    /// Reads from the database.
    func rows(_ query: String) async throws -> [[String]]
    /// Only from outside: at the database, at the disk, or at the target.
    func takeOut(_ guard: Guard) async throws
    /// Calls `body` while nobody can write a decision on the newest request; what it starts meanwhile reads, and writes
    /// at once as soon as the database can be written again.
    func whileNobodyCanDecide(_ body: () async throws -> Void) async throws
    /// Every program dies, and the disk keeps only what was synced.
    func powerFails() async throws
    /// SIGKILL for every program.
    func allAreKilled() async throws
    func allStart() async throws
}

/// What keeps a promise. Each can be taken out, to show that the tests would notice.
enum Guard: String, Sendable, CustomTestStringConvertible {
    /// A commit is refused when the request has changed since it was read.
    case versionCheck = "the check of the version"
    /// A click is acknowledged once it is on disk.
    case sync = "waiting for the disk"
    /// The target knows a call that comes again.
    case idempotencyKey = "one key for all tries"
    /// The end of access is durable before access is on.
    case durableEnd = "the durable end"

    var testDescription: String { rawValue }
}

enum Ground: String, Sendable, CaseIterable, CustomTestStringConvertible {
    case sqlite = "SQLite"
    case postgres = "three replicas on PostgreSQL"

    var testDescription: String { rawValue }

    /// - Parameters:
    ///   - losesPower: whether `powerFails` will be called.
    ///   - endsWell: false where a guard is taken out; what is left then cannot be expected to be right.
    func run(
        _ site: Site, losesPower: Bool, endsWell: Bool, _ body: (any Premises) async throws -> Void
    ) async throws {
        switch self {
        case .sqlite:
            let disk = try await LossyDisk()
            try await Installation.run(site, environment: disk.environment, endsWell: endsWell) { here in
                try await body(OnSQLite(here: here, disk: disk))
            }
        case .postgres:
            // What fails alone writes its log when a commit waits for that, else hardly ever.
            let cluster = losesPower ? try TestCluster(settings: ["wal_writer_delay=10s"]) : try .shared
            try await Replicas.run(3, site, cluster: cluster, endsWell: endsWell) { here in
                try await body(OnPostgres(here: here))
            }
        }
    }
}

extension Premises {
    /// Whether nothing is left to do, now or before long.
    func rests() async throws -> Bool {
        for _ in 0..<1200 {
            if try await rows("SELECT count(*) FROM outbox") == [["0"]] { return true }
            try await Task.sleep(for: .milliseconds(50))
        }
        return false
    }

    func comesToRest() async throws {
        guard try await rests() else { throw HarnessError("it does not come to rest") }
    }

    /// A new request of Bob's, and its card.
    func asks(_ reason: String) async throws -> CardText {
        try await person("bob").asks("/sym req prod_db orders-db", ["Why?": .string(reason)])
        let card = try await person("dana").sees(reason, in: "#db-access")
        try await comesToRest()
        return card
    }

    /// How the newest request stands: `id`, `status`, `approval_status`.
    func newest() async throws -> (id: String, status: String, approval: String) {
        let rows = try await rows("SELECT id, status, approval_status FROM runs ORDER BY number DESC LIMIT 1")
        guard let row = rows.first, row.count == 3 else { return ("", "", "") }
        return (row[0], row[1], row[2])
    }

    /// Two people click at once, on different replicas where there are some: both have read the request before either
    /// has written to it.
    ///
    /// - Returns: which of the two clicks were acknowledged.
    func click(_ first: Delivery, _ second: Delivery) async throws -> [Bool] {
        let clicks = [(0, first), (1, second)]
        return try await withThrowingTaskGroup(of: (Int, Bool).self) { group in
            try await whileNobodyCanDecide {
                for (number, click) in clicks {
                    group.addTask {
                        (number, try await receives(click, at: number % count).status == 200)
                    }
                }
            }
            return try await group.reduce(into: [false, false]) { $0[$1.0] = $1.1 }
        }
    }
}
