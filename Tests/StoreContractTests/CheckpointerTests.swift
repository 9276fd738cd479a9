import ApprovalCore
import Glibc
import Support
import Synchronization
import Testing

@testable import StoreSQLite

private struct DiskError: Error {}

@Suite struct `The write-ahead log` {
    private static let logPagesMax = 20
    /// Far more than it takes to copy twenty pages: so many rows and so long, whatever else the machine has to do.
    private static let patience = (rows: 2000, time: Duration.seconds(60))

    private static func isPatienceOver(_ rows: Int, since begin: MonotonicInstant) -> Bool {
        rows >= patience.rows && MonotonicInstant.now() - begin >= patience.time
    }

    /// Lends a table to write to, with a log that is soon too long.
    private func withRows(
        sync: @escaping @Sendable (borrowing Connection) throws -> Void = { try $0.syncDatabase() },
        _ body: (String, Writer) async throws -> Void
    ) async throws {
        try await withFolder { folder in
            let path = folder + "/rows.db"
            let connection = try Connection.open(path, as: .writer)
            try connection.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY, content BLOB NOT NULL) STRICT")
            let writer = Writer(
                connection,
                checkpointer: Checkpointer(
                    try Connection.open(path, as: .checkpointer), logPagesMax: Self.logPagesMax, sync: sync
                )
            )
            defer { writer.close() }
            try await body(path, writer)
        }
    }

    /// - Returns: how long the log was before.
    private func addRow(_ writer: Writer) async throws -> Int {
        try await writer.write { connection in
            try connection.run("INSERT INTO rows (content) VALUES (\([UInt8](repeating: 7, count: 1000)))")
            return connection.logPages
        }
    }

    /// Adds rows until the log is shorter than before.
    ///
    /// - Returns: how many; `nil` when that did not happen.
    private func addRowsUntilTheLogIsNew(_ writer: Writer) async throws -> Int? {
        var longest = 0
        return try await addRows(to: writer) { pages in
            defer { longest = pages }
            return pages < longest
        }
    }

    /// - Parameter isEnough: whether to stop, after a row that made the log so long.
    /// - Returns: how many rows it took; `nil` when there was no end to them.
    private func addRows(to writer: Writer, until isEnough: (_ pages: Int) -> Bool) async throws -> Int? {
        let begin = MonotonicInstant.now()
        var count = 0
        while !Self.isPatienceOver(count, since: begin) {
            let pages = try await addRow(writer)
            count += 1
            if isEnough(pages) { return count }
        }
        return nil
    }

    private func countRows(_ connection: inout Connection) throws -> Int {
        try #require(try connection.row("SELECT count(*) FROM rows") { Int($0.integer(0)) })
    }

    @Test func `is begun anew again and again while writes go on, and none is lost`() async throws {
        try await withRows { path, writer in
            var written = 0
            for _ in 0..<3 { written += try #require(try await addRowsUntilTheLogIsNew(writer)) }
            var reader = try Connection.open(path, as: .reader)
            #expect(try countRows(&reader) == written)
            writer.close()
            var afterwards = try Connection.open(path, as: .reader)
            #expect(try countRows(&afterwards) == written)
        }
    }

    @Test func `is kept for whoever still reads in it, and begun anew afterwards`() async throws {
        try await withRows { path, writer in
            _ = try await addRow(writer)
            var reader = try Connection.open(path, as: .reader)
            try reader.execute("BEGIN")
            #expect(try countRows(&reader) == 1)
            var longest = 0
            for _ in 0..<(Checkpointer.pagesBetweenTries / 2) {
                let pages = try await addRow(writer)
                #expect(pages >= longest)
                longest = pages
            }
            #expect(longest > Self.logPagesMax)
            #expect(try countRows(&reader) == 1)
            reader.rollBack()
            _ = try #require(try await addRowsUntilTheLogIsNew(writer))
        }
    }

    @Test func `is kept for the next start where the disk did not take what was copied`() async throws {
        try await withRows(sync: { _ in throw DiskError() }) { path, writer in
            _ = try await addRow(writer)
            // Nothing behind what it reads is copied now: where all is, SQLite has synced the file itself.
            var reader = try Connection.open(path, as: .reader)
            try reader.execute("BEGIN")
            #expect(try countRows(&reader) == 1)
            var written = try #require(try await addRows(to: writer) { _ in writer.keepsLog }) + 1
            // Closed: the writer is to be the last one at the file.
            _ = consume reader
            var longest = 0
            for _ in 0..<(2 * Checkpointer.pagesBetweenTries) {
                let pages = try await addRow(writer)
                #expect(pages >= longest)
                longest = pages
                written += 1
            }
            writer.close()
            var status = stat()
            #expect(stat(path + "-wal", &status) == 0 && Int(status.st_size) > longest * 4096)
            var next = try Connection.open(path, as: .writer)
            #expect(try countRows(&next) == written)
        }
    }

    @Test func `makes the store unready where the disk did not take what was copied, though writes go through`()
        async throws
    {
        try await withFolder { folder in
            let store = try SQLiteStore(path: folder + "/runs.db") {
                Checkpointer($0, logPagesMax: Self.logPagesMax, sync: { _ in throw DiskError() })
            }
            defer { store.close() }
            try await store.checkWrites()
            let begin = MonotonicInstant.now()
            var number = 0
            while !store.writer.keepsLog, !Self.isPatienceOver(number, since: begin) {
                try await store.commit(.new(.waiting(RunID("run-\(number)"))))
                number += 1
            }
            await expectError(.keepsLog) { try await store.checkWrites() }
            try await store.commit(.new(.waiting("afterwards")))
            await expectError(.keepsLog) { try await store.checkWrites() }
        }
    }

    @Test func `is not copied by the writer's commits`() async throws {
        try await withFolder { folder in
            let path = folder + "/rows.db"
            var connection = try Connection.open(path, as: .writer)
            try connection.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY, content BLOB NOT NULL) STRICT")
            // More than what SQLite would copy by itself.
            for _ in 0..<1200 {
                try connection.run("INSERT INTO rows (content) VALUES (\([UInt8](repeating: 7, count: 4000)))")
            }
            #expect(connection.logPages > 1200)
            #expect(try connection.checkpoint() == connection.logPages)
        }
    }
}
