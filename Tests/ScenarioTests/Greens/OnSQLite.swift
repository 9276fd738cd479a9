import FoundationEssentials
import HTTPModel
import Support

/// One program on SQLite, on a disk that keeps what was synced and nothing else.
struct OnSQLite: Premises {
    let here: Installation
    let disk: LossyDisk

    var slack: EmulatedSlack { here.slack }
    var target: TargetSystem { here.target }
    var count: Int { 1 }

    /// Long enough for two clicks to read what they decide on; where it was not, the test asks again.
    private static let heldTime: Duration = .milliseconds(300)

    func person(_ name: String) -> Person { here.person(name) }
    func receives(_ delivery: Delivery, at number: Int) async throws -> HTTPResponse {
        try await here.receives(delivery)
    }

    func rows(_ query: String) async throws -> [[String]] {
        try await sql("print('\\n'.join('\\t'.join(map(str, row)) for row in base.execute(sys.argv[2])))", query)
            .map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
    }

    func takeOut(_ guard: Guard) async throws {
        switch `guard` {
        case .versionCheck: _ = try await sql("base.executescript(sys.argv[2])", Self.noVersions)
        case .sync: try disk.stopsSyncing()
        case .idempotencyKey: target.forgetsKeys()
        case .durableEnd: _ = try await sql("base.executescript(sys.argv[2])", Self.noEnds)
        }
    }

    /// The version stays what it was, and a record whose place is wanted by another one gives way.
    private static let noVersions = """
        CREATE TRIGGER no_versions AFTER UPDATE OF version ON runs BEGIN
            UPDATE runs SET version = OLD.version WHERE number = NEW.number;
        END;
        CREATE TRIGGER no_places BEFORE INSERT ON audit_records
        WHEN EXISTS (SELECT 1 FROM audit_records WHERE aggregate = NEW.aggregate AND sequence = NEW.sequence) BEGIN
            UPDATE audit_records SET sequence = -position WHERE aggregate = NEW.aggregate AND sequence = NEW.sequence;
        END;
        """

    private static let noEnds = """
        CREATE TRIGGER no_ends AFTER UPDATE OF wake_at ON runs WHEN NEW.wake_at IS NOT NULL BEGIN
            UPDATE runs SET wake_at = NULL WHERE number = NEW.number;
        END;
        """

    /// Holds the one right to write.
    func whileNobodyCanDecide(_ body: () async throws -> Void) async throws {
        let gate = here.folder.file("gate-\(IDGenerator.random.next())")
        let holder = try python(
            """
            base.execute('BEGIN IMMEDIATE')
            print('held', flush=True)
            while not os.path.exists(sys.argv[2]): time.sleep(0.005)
            base.execute('ROLLBACK')
            """, gate
        )
        for _ in 0..<6000 where holder.outputLines.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
        defer { try? Data().write(to: URL(filePath: gate)) }
        try await body()
        try await Task.sleep(for: Self.heldTime)
    }

    func powerFails() async throws {
        try await here.isKilled()
        try disk.losesWhatWasNotSynced(of: here.folder.file("symflow.db-wal"))
    }

    func allAreKilled() async throws { try await here.isKilled() }
    func allStart() async throws { try await here.start() }

    // MARK: Python

    private func python(_ script: String, _ argument: String) throws -> Child {
        let text = """
            import os, sqlite3, sys, time
            base = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
            \(script)
            """
        return try Child(
            "/usr/bin/python3", ["-c", text, here.folder.file("symflow.db"), argument],
            environment: ["PATH": "/usr/bin:/bin"], folder: here.folder
        )
    }

    private func sql(_ script: String, _ argument: String) async throws -> [String] {
        let child = try python(script, argument)
        guard let ended = await child.end(within: .seconds(60)), ended.code == 0 else {
            throw HarnessError(child.errorLines.joined(separator: "\n"))
        }
        return child.outputLines.filter { !$0.isEmpty }
    }
}
