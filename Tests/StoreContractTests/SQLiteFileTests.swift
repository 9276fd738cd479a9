import ApprovalCore
import ApprovalEngine
import AuditTrail
import FoundationEssentials
import Glibc
import Support
import Testing

@testable import StoreSQLite

@Suite struct `A database file` {
    private func permissions(_ path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : nil
    }

    @Test func `can be read by its owner only, and so can its folder`() async throws {
        try await withFolder { folder in
            let path = folder + "/new/deep/symflow.db"
            let store = try SQLiteStore(path: path)
            try await store.commit(.new(.waiting("run-1")))
            #expect(permissions(folder + "/new") == 0o700)
            #expect(permissions(folder + "/new/deep") == 0o700)
            for suffix in ["", "-wal", "-shm"] { #expect(permissions(path + suffix) == 0o600) }
            store.close()
        }
    }

    @Test func `holds everything for the next start`() async throws {
        try await withFolder { folder in
            let path = folder + "/symflow.db"
            let run = try AccessRequest.active("run-1", grantKey: "key")
            let person = Person.named("UADA", email: "ada@acme.test")
            let first = try SQLiteStore(path: path)
            try await first.commit(.new(run, asking: [.card("a"), .card("b")], submissionKey: "view-1"))
            let claim = try #require(
                try await first.claim(.cards, limit: 1, at: noon, leaseUntil: noon + .hours(1)).first)
            try await first.save(person)
            _ = try await first.note(delivery: "Ev1", at: noon)
            _ = try await first.seal(limit: 9, at: noon, key: [1])
            first.close()
            // What a closed store leaves behind is one file.
            #expect(!FileManager.default.fileExists(atPath: path + "-wal"))

            let second = try SQLiteStore(path: path)
            defer { second.close() }
            #expect(try await second.load("run-1")?.run == run)
            #expect(try await second.holders(of: "key", except: "run-2") == ["run-1"])
            #expect(try await second.claimAll().map(\.slot) == ["b"])
            #expect(claim.slot == "a")
            // What this process has in hand itself goes by a clock that nobody sets.
            #expect(try await second.claimAll(at: noon + .hours(1)).map(\.slot) == ["a"])
            #expect(try await second.person(person.account) == person)
            #expect(try await !second.note(delivery: "Ev1", at: noon))
            #expect(try await second.seal(limit: 9, at: noon, key: [1]) == 0)
            await expectError(.duplicate("run-1")) {
                try await second.commit(.new(.waiting("run-2"), submissionKey: "view-1"))
            }
        }
    }

    @Test func `is seen by a second process's store as soon as a commit returned`() async throws {
        try await withFolder { folder in
            let path = folder + "/symflow.db"
            let one = try SQLiteStore(path: path)
            let other = try SQLiteStore(path: path)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<50 {
                    group.addTask {
                        let id = RunID("run-\(index)")
                        try await (index % 2 == 0 ? one : other).commit(.new(.waiting(id)))
                        let seen = try await (index % 2 == 0 ? other : one).load(id)
                        #expect(seen?.version == 1)
                    }
                }
                try await group.waitForAll()
            }
            one.close()
            other.close()
        }
    }

    @Test func `of a newer release is used while that only added something, else refused and named so`() async throws {
        try await withFolder { folder in
            let path = folder + "/symflow.db"
            let newer = Migrations.current + 3
            for (version, oldest) in [(newer - 2, 1), (newer - 1, Migrations.current), (newer, newer)] {
                let store = try SQLiteStore(path: path)
                try await store.writer.write { connection in
                    try connection.run("INSERT INTO schema_version VALUES (\(version), 0, \(oldest))")
                }
                store.close()
            }
            let error = #expect(throws: StoreError.self) { try SQLiteStore(path: path) }
            guard case .corrupt(let words) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(words.contains("newer release (schema version \(newer))"))
        }
    }

    @Test func `that is something else is not touched`() async throws {
        try await withFolder { folder in
            let path = folder + "/notes.txt"
            let text = Data(String(repeating: "Not a database, but long enough to be looked at. ", count: 50).utf8)
            try text.write(to: URL(filePath: path))
            let error = #expect(throws: StoreError.self) { try SQLiteStore(path: path) }
            guard case .corrupt = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(try Data(contentsOf: URL(filePath: path)) == text)
        }
    }

    @Test func `that cannot be opened is unavailable, with the reason`() async throws {
        try await withFolder { folder in
            try Data("x".utf8).write(to: URL(filePath: folder + "/file"))
            let error = #expect(throws: StoreError.self) { try SQLiteStore(path: folder + "/file/symflow.db") }
            #expect(error == .unavailable("\(folder)/file/symflow.db: Not a directory"))
        }
    }

    @Test func `is copied whole while it is written to`() async throws {
        try await withFolder { folder in
            let store = try SQLiteStore(path: folder + "/symflow.db")
            try await store.commit(.new(.waiting("before")))
            let backup = folder + "/backup.db"
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<100 {
                    group.addTask { try await store.commit(.new(.waiting(RunID("run-\(index)")))) }
                }
                group.addTask { for _ in 0..<5 { try store.backup(to: backup) } }
                try await group.waitForAll()
            }
            try store.backup(to: backup)
            try await store.commit(.new(.waiting("after")))
            store.close()
            #expect(permissions(backup) == 0o600)
            let files = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(Set(files) == ["symflow.db", "backup.db"])
            let copy = try SQLiteStore(path: backup)
            defer { copy.close() }
            #expect(try await copy.load("before")?.run == .waiting("before"))
            #expect(try await copy.load("after") == nil)
            #expect(try await copy.records(after: 0, limit: 1000).count == 101)
        }
    }

    @Test func `is not written to after it was closed, and what was under way before is in it`() async throws {
        try await withFolder { folder in
            let path = folder + "/symflow.db"
            let store = try SQLiteStore(path: path)
            let committed = await withTaskGroup(of: RunID?.self) { group in
                for index in 0..<100 {
                    group.addTask {
                        let id = RunID("run-\(index)")
                        do throws(StoreError) { try await store.commit(.new(.waiting(id))) } catch {
                            #expect(error == .unavailable("the store is closed"))
                            return nil
                        }
                        return id
                    }
                }
                group.addTask {
                    store.close()
                    return nil
                }
                return await group.reduce(into: Set<RunID>()) { if let id = $1 { $0.insert(id) } }
            }
            store.close()
            await expectError(.unavailable("the store is closed")) { try await store.commit(.new(.waiting("late"))) }
            await expectError(.unavailable("the store is closed")) { _ = try await store.load("run-1") }
            let next = try SQLiteStore(path: path)
            defer { next.close() }
            let stored = try await next.records(after: 0, limit: 1000).map {
                RunID(String($0.record.aggregate.dropFirst(4)))
            }
            #expect(Set(stored) == committed)
        }
    }
}
