import Support
import Testing

@Suite struct `Names` {
    private enum Thing {}

    @Test func `a name is its text`() {
        let name: Identifier<Thing> = "thing-1"
        #expect(name == Identifier("thing-1"))
        #expect(name != "thing-2")
        #expect(name < "thing-2")
        #expect("\(name)" == "thing-1")
    }

    @Test func `random names are UUIDs of version 4, and never the same`() {
        let names = (0..<1000).map { _ in IDGenerator.random.next() }
        #expect(Set(names).count == 1000)
        for name in names {
            let parts = name.split(separator: "-")
            #expect(parts.map(\.count) == [8, 4, 4, 4, 12])
            #expect(parts[2].first == "4")
            #expect("89ab".contains(parts[3].first ?? "x"))
            #expect(name.utf8.allSatisfy { "0123456789abcdef-".utf8.contains($0) })
        }
    }

    @Test func `ordered names are UUIDs of version 7 that begin with the time`() {
        // The example of RFC 9562, A.6.
        let clock = WallClock { Timestamp(milliseconds: 0x017f_22e2_79b0) }
        let names = (0..<1000).map { _ in IDGenerator.ordered(by: clock).next() }
        #expect(Set(names).count == 1000)
        for name in names {
            #expect(name.hasPrefix("017f22e2-79b0-7"))
            #expect(name.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12])
            #expect("89ab".contains(name.split(separator: "-")[3].first ?? "x"))
        }
        let later = IDGenerator.ordered(by: WallClock { Timestamp(milliseconds: 0x017f_22e2_79b1) }).next()
        #expect(names.allSatisfy { $0 < later })
    }

    @Test func `a UUID shows its bytes but for version and variant`() {
        #expect(IDGenerator.uuid(from: Array(0..<16)) == "00010203-0405-4607-8809-0a0b0c0d0e0f")
        #expect(IDGenerator.uuid(from: Array(repeating: 0xff, count: 16)) == "ffffffff-ffff-4fff-bfff-ffffffffffff")
    }

    @Test(arguments: [("", []), ("00ff", [0, 255]), ("DeadBeef", [0xde, 0xad, 0xbe, 0xef])] as [(String, [UInt8])])
    func `hexadecimal text stands for bytes`(text: String, bytes: [UInt8]) {
        #expect(Hex.bytes(text) == bytes)
        #expect(Hex.text(bytes) == text.lowercased())
    }

    @Test(arguments: ["0", "0g", "é0", " 0", "0x"])
    func `other text stands for none`(text: String) { #expect(Hex.bytes(text) == nil) }

    @Test(arguments: [("", ""), ("  ", ""), (" a b\r\n", "a b"), ("\u{a0}x\t", "x")])
    func `trimming cuts white space off both sides`(text: String, expected: String) {
        #expect(text.trimmed == expected)
    }
}

@Suite struct `Secrets and the log` {
    @Test func `a secret does not show, however it is printed`() {
        let secret = Secret("hunter2")
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), String(describing: [secret]), dumped] {
            #expect(!text.contains("hunter2"))
        }
        #expect(secret.reveal { $0 } == "hunter2")
        #expect(secret == Secret("hunter2"))
        #expect(secret != Secret("hunter3"))
        #expect(Secret("").isEmpty)
    }

    @Test func `a line is one JSON object with time, level and fields`() throws {
        let lines = Lines()
        let log = Log(threshold: .info, clock: WallClock { Timestamp(milliseconds: 0) }, write: lines.append)
        log.warning("Could not \"send\".\n", ["request": "r-1", "error": "a\u{1}b"])
        log.debug("not written")
        let line = try #require(lines.all.first)
        #expect(lines.all.count == 1)
        #expect(!line.contains("\n"))
        let expected: JSONValue = [
            "at": "1970-01-01T00:00:00.000Z", "level": "warning", "message": "Could not \"send\".\n", "request": "r-1",
            "error": "a\u{1}b",
        ]
        #expect(try JSONValue(parsing: line) == expected)
    }

    @Test(arguments: Log.Level.allCases)
    func `a threshold lets through what is at least as pressing`(threshold: Log.Level) {
        let lines = Lines()
        let log = Log(threshold: threshold, write: lines.append)
        log.error("e")
        log.warning("w")
        log.info("i")
        log.debug("d")
        #expect(lines.all.count == threshold.rawValue + 1)
        #expect(Log.Level(name: threshold.name) == threshold)
    }

    @Test func `an unknown level has no meaning`() { #expect(Log.Level(name: "verbose") == nil) }
}
