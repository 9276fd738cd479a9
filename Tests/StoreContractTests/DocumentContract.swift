import ApprovalEngine
import AuditTrail
import StoreSQLite
import Support
import Testing

private let things = DocumentKind("thing")

extension Document {
    fileprivate static func thing(
        _ id: String, version: Int64 = 0, unique: Set<String> = [], keys: Set<String> = [], _ body: JSONObject = [:]
    ) -> Document {
        Document(kind: things, id: id, version: version, unique: unique, keys: keys, body: body, createdAt: noon)
    }
}

@Suite struct `A store of documents` {
    @Test(arguments: StoreUnderTest.all)
    func `gives back what was saved, the oldest first`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            var first = Document.thing(
                "z", unique: ["slug:a"], keys: ["type:x"], ["list": [1, .null, "ü"], "none": .null, "no": false]
            )
            let second = Document.thing("a", keys: ["type:x", "other"])
            try await store.commit(DocumentsChange(saved: [first]))
            try await store.commit(DocumentsChange(saved: [second]))
            first.version = 1
            #expect(try await store.document(things, "z") == first)
            #expect(try await store.document(things, "none") == nil)
            #expect(try await store.document(DocumentKind("else"), "z") == nil)
            #expect(try await store.documents(things, key: nil).map(\.id) == ["z", "a"])
            #expect(try await store.documents(things, key: "type:x").map(\.id) == ["z", "a"])
            #expect(try await store.documents(things, key: "slug:a").map(\.id) == ["z"])
            #expect(try await store.documents(things, key: "slug:A").isEmpty)
            #expect(try await store.documents(DocumentKind("else"), key: nil).isEmpty)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `changes only what is as it was read`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            try await store.commit(DocumentsChange(saved: [.thing("a", ["n": 1])]))
            await expectError(.conflict) { try await store.commit(DocumentsChange(saved: [.thing("a", ["n": 2])])) }
            await expectError(.conflict) { try await store.commit(DocumentsChange(saved: [.thing("b", version: 1)])) }
            var later = Document.thing("a", version: 1, ["n": 2])
            later.createdAt = noon + .hours(1)
            later.updatedAt = noon + .hours(2)
            try await store.commit(DocumentsChange(saved: [later]))
            await expectError(.conflict) { try await store.commit(DocumentsChange(saved: [later])) }
            let now = try #require(try await store.document(things, "a"))
            #expect(now.version == 2 && now.createdAt == noon && now.updatedAt == noon + .hours(2))
            await expectError(.conflict) { try await store.commit(DocumentsChange(deleted: [.init(later)])) }
            try await store.commit(DocumentsChange(deleted: [.init(now)]))
            #expect(try await store.document(things, "a") == nil)
            await expectError(.conflict) { try await store.commit(DocumentsChange(deleted: [.init(now)])) }
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `lets nobody have a unique name twice`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            try await store.commit(
                DocumentsChange(saved: [.thing("a", unique: ["one"], keys: ["k"]), .thing("b", unique: ["two"])])
            )
            await expectError(.taken(name: "one", by: "a")) {
                try await store.commit(DocumentsChange(saved: [.thing("c", unique: ["one"])]))
            }
            #expect(try await store.document(things, "c") == nil)
            // What one has as a key another may have as its name, and other kinds have names of their own.
            try await store.commit(DocumentsChange(saved: [.thing("d", unique: ["k"])]))
            var other = Document.thing("a", unique: ["one"])
            other.kind = DocumentKind("else")
            try await store.commit(DocumentsChange(saved: [other]))
            // In one change, names can be exchanged and left to another.
            try await store.commit(
                DocumentsChange(saved: [
                    .thing("a", version: 1, unique: ["two"]), .thing("b", version: 1, unique: ["one"]),
                ])
            )
            #expect(try await store.documents(things, key: "one").map(\.id) == ["b"])
            let gone = try #require(try await store.document(things, "b"))
            try await store.commit(DocumentsChange(saved: [.thing("e", unique: ["one"])], deleted: [.init(gone)]))
            #expect(try await store.documents(things, key: "one").map(\.id) == ["e"])
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `puts on record what happened, and nothing where nothing did`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            func note(_ kind: String) -> AuditNote {
                AuditNote(
                    aggregate: "thing/a", at: noon, kind: kind, actor: "ada",
                    details: ["what": .string(kind), "n": [.double(0.5)]])
            }
            try await store.commit(DocumentsChange(saved: [.thing("a")], notes: [note("made"), note("named")]))
            await expectError(.conflict) {
                try await store.commit(DocumentsChange(saved: [.thing("a")], notes: [note("again")]))
            }
            try await store.commit(DocumentsChange(notes: [note("looked at")]))
            let records = try await store.records(of: "thing/a")
            #expect(records.map(\.kind) == ["made", "named", "looked at"])
            #expect(records.map(\.sequence) == [1, 2, 3])
            #expect(records.allSatisfy { $0.details["n"] == ["0.5"] })
            #expect(records.map(\.previous) == [AuditHead.genesis.hash] + records.dropLast().map(\.hash))
            #expect(records.allSatisfy { $0.hash == AuditRecord.hash(of: $0) })
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `counts the commits that touched a kind`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            #expect(try await store.generation(of: things) == 0)
            try await store.commit(DocumentsChange(saved: [.thing("a"), .thing("b")]))
            #expect(try await store.generation(of: things) == 1)
            await expectError(.conflict) { try await store.commit(DocumentsChange(saved: [.thing("a")])) }
            #expect(try await store.generation(of: things) == 1)
            let a = try #require(try await store.document(things, "a"))
            try await store.commit(DocumentsChange(deleted: [.init(a)]))
            #expect(try await store.generation(of: things) == 2)
            #expect(try await store.generation(of: DocumentKind("else")) == 0)
        }
    }
}
