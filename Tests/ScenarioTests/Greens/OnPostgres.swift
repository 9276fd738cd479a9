import HTTPModel
import Support
import TestSupport

/// Three programs on one PostgreSQL database.
struct OnPostgres: Premises {
    let here: Replicas

    var slack: EmulatedSlack { here.slack }
    var target: TargetSystem { here.target }
    var count: Int { 3 }

    /// Every commit is answered before it is on disk, whatever the session has set.
    private static let noWaiting = """
        CREATE FUNCTION do_not_wait() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM set_config('synchronous_commit', 'off', true);
            RETURN NULL;
        END $$;
        CREATE TRIGGER do_not_wait AFTER INSERT OR UPDATE OR DELETE ON runs EXECUTE FUNCTION do_not_wait();
        CREATE TRIGGER do_not_wait AFTER INSERT OR UPDATE OR DELETE ON outbox EXECUTE FUNCTION do_not_wait();
        CREATE TRIGGER do_not_wait AFTER INSERT OR UPDATE OR DELETE ON people EXECUTE FUNCTION do_not_wait();
        CREATE TRIGGER do_not_wait AFTER INSERT OR UPDATE OR DELETE ON audit_records EXECUTE FUNCTION do_not_wait();
        CREATE TRIGGER do_not_wait AFTER INSERT OR UPDATE OR DELETE ON audit_seals EXECUTE FUNCTION do_not_wait();
        """

    func person(_ name: String) -> Person { here.person(name) }
    func receives(_ delivery: Delivery, at number: Int) async throws -> HTTPResponse {
        try await here.receives(delivery, at: number)
    }

    func rows(_ query: String) async throws -> [[String]] {
        try here.query(query).split(separator: "\n")
            .map { $0.split(separator: "|", omittingEmptySubsequences: false).map(String.init) }
    }

    func takeOut(_ guard: Guard) async throws {
        switch `guard` {
        case .versionCheck:
            // The function as it is, but for its two checks.
            let name = "commit_run_1"
            let function = try here.query("SELECT pg_get_functiondef('\(name)'::regproc)")
            let without = function.replacing(" AND version = expected", with: "")
                .replacing("IF written < array_length(aggregates, 1) THEN PERFORM lose_1(); END IF;", with: "")
            guard without.count < function.count - 60 else { throw HarnessError("\(name) has other checks now") }
            _ = try here.query(without)
        case .sync: _ = try here.query(Self.noWaiting)
        case .idempotencyKey: target.forgetsKeys()
        case .durableEnd: _ = try here.query(Self.noEnds)
        }
    }

    private static let noEnds = """
        CREATE FUNCTION no_ends() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.wake_at := NULL;
            RETURN NEW;
        END $$;
        CREATE TRIGGER no_ends BEFORE UPDATE ON runs FOR EACH ROW EXECUTE FUNCTION no_ends();
        """

    /// Holds the newest request's row until two wait for it, or for half a second where only one does.
    func whileNobodyCanDecide(_ body: () async throws -> Void) async throws {
        let isOver = Watched(false)
        // On a thread of its own: whoever waits for the row needs those that tasks run on.
        PosixThread.start { [here] in
            _ = try? here.query(
                """
                DO $$ DECLARE
                    waiting bigint;
                    alone bigint := 0;
                BEGIN
                    PERFORM 1 FROM runs ORDER BY number DESC LIMIT 1 FOR UPDATE;
                    FOR i IN 1..3000 LOOP
                        PERFORM pg_stat_clear_snapshot();
                        SELECT count(*) INTO waiting FROM pg_stat_activity
                            WHERE datname = current_database() AND wait_event_type = 'Lock';
                        alone := alone + waiting;
                        EXIT WHEN waiting >= 2 OR alone >= 50;
                        PERFORM pg_sleep(0.01);
                    END LOOP;
                END $$
                """
            )
            isOver.change { $0 = true }
        }
        while try await !isHeld(), isOver.read({ !$0 }) { try await Task.sleep(for: .milliseconds(20)) }
        try await body()
        _ = await isOver.wait(upTo: .seconds(60)) { $0 ? true : nil }
    }

    private func isHeld() async throws -> Bool {
        try await rows(
            """
            SELECT 1 FROM pg_locks WHERE granted AND mode = 'RowShareLock' AND relation = 'runs'::regclass
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """
        ).isEmpty == false
    }

    func powerFails() async throws {
        try await allAreKilled()
        try here.cluster.stop(.immediate)
        try here.cluster.start()
    }

    func allAreKilled() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count { group.addTask { try await here.isKilled(number) } }
            try await group.waitForAll()
        }
    }

    func allStart() async throws {
        for number in 0..<count { try await here.start(number) }
    }
}
