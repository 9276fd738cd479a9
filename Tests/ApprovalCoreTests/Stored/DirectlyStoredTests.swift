import ApprovalCore
import Support
import TestSupport
import Testing

/// Runs and people are written and read without `Codable`. Nobody is to notice: not an older release, not the next one.
@Suite struct `Documents that are written directly` {
    /// As `Codable` writes it, whatever shorter way there is.
    private func coded(_ value: some Encodable) -> [UInt8] { StoredJSON.encode(value) }
    private func decoded<Value: Decodable>(_ bytes: [UInt8]) throws -> Value { try StoredJSON.decode(from: bytes) }

    private static let stepsPerSeed = 60

    @Test(arguments: 0..<60)
    func `have the bytes that Codable writes, whatever happened to the run`(seed: Int) throws {
        var world = World(seed: UInt64(seed))
        for step in 0..<Self.stepsPerSeed {
            _ = world.step()
            let run = world.run
            let bytes = StoredJSON.encode(run)
            try #require(bytes == coded(run), "seed \(seed), step \(step): \(String(decoding: bytes, as: UTF8.self))")
            try #require(try StoredJSON.decode(AccessRequest.self, from: bytes) == run, "seed \(seed), step \(step)")
        }
    }

    /// Else the short way would be none.
    @Test func `are read directly but for what is rare`() {
        var (direct, all) = (0, 0)
        for seed in 0..<20 {
            var world = World(seed: UInt64(seed))
            for _ in 0..<Self.stepsPerSeed {
                _ = world.step()
                all += 1
                if let run = StoredJSON.direct(AccessRequest.self, from: StoredJSON.encode(world.run)) {
                    #expect(run == world.run)
                    direct += 1
                }
            }
        }
        #expect(direct * 10 > all * 9, "\(direct) of \(all)")
    }

    private static let texts = [
        "", "plain", "\"quoted\" \\ / back", "line\nline\r\ttab", "\u{0}\u{1f}\u{8}\u{c}\u{7f}", "déploy 🔒", "\u{2028}",
        "e\u{301}", "{", "}", ",", ":\"", "null", "💥\"\\\n",
    ]

    private static let values: [FieldValue] =
        texts.map(FieldValue.string)
        + [
            .int(0), .int(-1), .int(.max), .int(.min), .int(1_234_567), .bool(true), .bool(false), .duration(3600),
            .user(Account(workspace: "T", user: "U\"")), .users([]), .users([Account(workspace: "T", user: "U")]),
            .strings(["a", "\n"]), .ints([1, -2]),
        ]

    @Test(arguments: 0..<40)
    func `hold every kind of field under any name`(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        var fields: [String: FieldValue] = [:]
        for _ in 0..<Int.random(in: 0...6, using: &generator) {
            let name = generator.pick(Self.texts) + generator.pick(["", "a", "Z", "_"])
            fields[name] = generator.pick(Self.values)
        }
        let run = AccessRequest.sample(fields: fields, onBehalfBy: seed % 2 == 0 ? PersonReference(Sample.dana) : nil)
        let bytes = StoredJSON.encode(run)
        #expect(bytes == coded(run), "\(fields)")
        #expect(try StoredJSON.decode(AccessRequest.self, from: bytes) == run)
    }

    @Test func `hold people as Codable does`() throws {
        for text in Self.texts {
            for isRestricted in [nil, true, false] {
                let person = Person(
                    id: PersonID(text), account: Account(workspace: "T" + text, user: text), name: text,
                    email: isRestricted == nil ? nil : text, role: .guest, isActive: false, isBot: true, isHome: false,
                    isRestricted: isRestricted, timeZone: text.isEmpty ? nil : text, observedAt: .start
                )
                let bytes = StoredJSON.encode(person)
                #expect(bytes == coded(person))
                #expect(try StoredJSON.decode(Person.self, from: bytes) == person)
            }
        }
    }

    /// The parts stay as they are written, where they are written as we would.
    @Test(arguments: 0..<40)
    func `hold the parts of a binding under any name`(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        var parts: [String: String] = [:]
        for _ in 0..<Int.random(in: 0...6, using: &generator) {
            let name = generator.pick(["job.", "policy.", ""]) + generator.pick(Self.texts)
            parts[name] = generator.pick(Self.texts)
        }
        var binding = Binding(jobHash: "job", policySnapshot: "policy", parts: parts, round: seed)
        let bytes = StoredJSON.encode(binding)
        #expect(bytes == coded(binding), "\(parts)")
        let read = try StoredJSON.decode(Binding.self, from: bytes)
        #expect(read == binding)
        #expect(read.parts == parts)
        #expect(try decoded(bytes) == binding)
        #expect(read.changedKeys(against: binding) == [])
        binding.parts["added"] = "x"
        #expect(read != binding)
        #expect(read.changedKeys(against: binding) == ["added"])
    }

    private static let disordered = [
        #"{"b":"1","a":"2"}"#, #"{"a":"\u0031","b":"1"}"#, #"{"a":"1","\u0062":"1"}"#, #"{"é":"1","a":"\/"}"#,
        #"{ "a":"1"}"#, #"{"a":"1" ,"b":"2"}"#, #"{"a" : "1"}"#,
    ]

    @Test(arguments: disordered)
    func `are written as we write them, however they were written before`(parts: String) throws {
        let text = #"{"jobHash":"j","parts":"# + parts + #","policySnapshot":"p","round":1}"#
        let binding = try StoredJSON.decode(Binding.self, from: Array(text.utf8))
        #expect(binding == (try decoded(Array(text.utf8))))
        #expect(StoredJSON.encode(binding) == coded(binding))
        #expect(StoredJSON.encode(binding) != Array(text.utf8))
        let plain = Binding(jobHash: "j", policySnapshot: "p", parts: binding.parts)
        #expect(binding == plain)
        #expect(Set([binding, plain]).count == 1)
    }

    @Test(arguments: [
        #"{"a":"1","a":"1"}"#, #"{"a":"1","a":"2"}"#, #"{"a":"1","b":"2","a":"3"}"#, #"{"a":1}"#, #"{"a":"1",}"#,
        #"{"a":"1"]"#, #"{"a":"1"#, #"{"a"}"#, #"{,}"#, "[]", #""""#, "null",
    ])
    func `with parts that are none are refused`(parts: String) {
        let text = #"{"jobHash":"j","parts":"# + parts + #","policySnapshot":"p","round":1}"#
        #expect(StoredJSON.direct(Binding.self, from: Array(text.utf8)) == nil)
        #expect(throws: DecodingError.self) { try StoredJSON.decode(Binding.self, from: Array(text.utf8)) }
    }

    private static let effects: [Effect] =
        [
            .route, .routeApproved(reason: nil), .routeApproved(reason: "r"), .escalate(epoch: 0),
            .deescalate(epoch: -7), .consult(.onApprove, "receipt-1"),
            .ask(.onRequestExpire, Occasion(round: 1, index: 2, cause: .answerBy)),
            .ask(.afterApprove, Occasion(round: 1)),
            .tell(Account(workspace: "T", user: "U"), Notice(refusal: .ownRequest, action: .approve)),
        ]
        + texts.flatMap { [.show(slot: $0), .classify(ReceiptID($0)), .report($0)] as [Effect] }

    @Test(arguments: effects) func `hold effects as Codable does`(effect: Effect) throws {
        let bytes = StoredJSON.encode(effect)
        #expect(bytes == coded(effect))
        #expect(try StoredJSON.decode(Effect.self, from: bytes) == effect)
        #expect(try decoded(bytes) == effect)
        for wrong in ["{}", #"{"show":{}}"#, #"{"show":{"_0":"a"}}"#, #"{"route":{},"show":{"slot":"a"}}"#] {
            #expect(throws: DecodingError.self) { try StoredJSON.decode(Effect.self, from: Array(wrong.utf8)) }
        }
    }

    @Test func `are read in any other form as well`() throws {
        let run = AccessRequest.sample()
        let json = try JSONValue(parsing: StoredJSON.encode(run))
        var shuffled = JSONObject()
        for member in (json.object ?? [:]).reversed() { shuffled[member.name] = member.value }
        var newer = json.object ?? [:]
        newer["aFutureRelease"] = ["adds": "this"]
        for form in [Array(json.pretty.utf8), JSONValue.object(shuffled).bytes, JSONValue.object(newer).bytes] {
            #expect(StoredJSON.direct(AccessRequest.self, from: form) == nil)
            #expect(try StoredJSON.decode(AccessRequest.self, from: form) == run)
        }
    }

    @Test func `are refused where they are none`() throws {
        let bytes = StoredJSON.encode(AccessRequest.sample())
        let text = String(decoding: bytes, as: UTF8.self)
        let twice = text.replacing("\"changedKeys\":[],", with: "\"changedKeys\":[],\"changedKeys\":[],")
        try #require(twice != text)
        for wrong in ["", "{}", String(text.dropLast()), text + " x", text + "{}", twice] {
            #expect(throws: DecodingError.self) {
                try StoredJSON.decode(AccessRequest.self, from: Array(wrong.utf8))
            }
        }
    }

    /// What the short way takes, `Codable` takes for the same.
    @Test(arguments: 0..<20)
    func `with a byte changed mean to both ways the same`(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        var world = World(seed: UInt64(seed))
        for _ in 0..<30 { _ = world.step() }
        let bytes = StoredJSON.encode(world.run)
        for _ in 0..<200 {
            var changed = bytes
            let place = Int.random(in: 0..<changed.count, using: &generator)
            switch generator.pick([0, 1, 2]) {
            case 0: changed[place] = generator.pick(Array("{}[]\",:\\0123456789-e.truefalsn\u{0}é".utf8))
            case 1: changed.remove(at: place)
            default: changed.insert(generator.pick(Array("{}[]\",:\\01u ".utf8)), at: place)
            }
            guard let direct = StoredJSON.direct(AccessRequest.self, from: changed) else { continue }
            let other: AccessRequest = try decoded(changed)
            #expect(direct == other, "\(String(decoding: changed, as: UTF8.self))")
        }
    }

    /// As earlier versions wrote them, by way of `Codable` alone.
    @Test func `of earlier versions are read and written like this too`() throws {
        for file in try Fixtures.names(in: "stored/") {
            let bytes = try Fixtures.bytes("stored/" + file).filter { $0 != 0x0a }
            let run: AccessRequest = try decoded(bytes)
            #expect(try StoredJSON.decode(AccessRequest.self, from: bytes) == run, "\(file)")
            #expect(StoredJSON.encode(run) == coded(run), "\(file)")
        }
    }
}
