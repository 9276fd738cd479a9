package import ApprovalEngine
package import Support

/// Until when no replica makes calls of one kind, because the other side asked one of them to wait.
package struct SharedPause: Hashable, Sendable {
    /// `nil` for every method.
    package var method: String?
    package var workspace: String
    /// `nil` for every channel.
    package var channel: String?
    package var until: Timestamp

    package init(method: String?, workspace: String, channel: String?, until: Timestamp) {
        self.method = method
        self.workspace = workspace
        self.channel = channel
        self.until = until
    }
}

extension PostgresStore {
    /// Tells the other replicas; a longer pause of the same kind stays.
    package func share(_ pause: SharedPause) async throws(StoreError) {
        try await pool.write { session in
            try session.run(
                """
                INSERT INTO slack_pauses (method, workspace, channel, until) VALUES (
                    \(pause.method ?? ""), \(pause.workspace), \(pause.channel ?? ""), \(pause.until)
                ) ON CONFLICT (workspace, method, channel)
                DO UPDATE SET until = greatest(slack_pauses.until, excluded.until)
                """
            )
        }
    }

    /// Pauses that are not over.
    package func pauses(at now: Timestamp) async throws(StoreError) -> [SharedPause] {
        try await pool.read { session in
            try session.rows("SELECT method, workspace, channel, until FROM slack_pauses WHERE until > \(now)") { row in
                let method = row.text(0)
                let channel = row.text(2)
                return SharedPause(
                    method: method.isEmpty ? nil : method, workspace: row.text(1),
                    channel: channel.isEmpty ? nil : channel, until: row.time(3)
                )
            }
        }
    }

    func forgetPauses(before: Timestamp) async throws(StoreError) {
        try await pool.write { session in try session.run("DELETE FROM slack_pauses WHERE until < \(before)") }
    }
}
