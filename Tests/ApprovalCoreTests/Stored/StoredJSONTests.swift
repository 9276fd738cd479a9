import ApprovalCore
import FoundationEssentials
import Support
import Testing

@Suite struct `Stored documents` {
    /// Every shape that the compiler synthesises, and keys and texts that want care.
    private struct Sample: Codable, Equatable {
        enum Kind: Codable, Equatable {
            case bare
            case one(String)
            case named(zulu: Int, alpha: [Kind?])
        }

        struct Empty: Codable, Equatable {}

        var zulu = "déploy \u{1F512} / \"now\" \\ \u{0}\u{1f}\n\r\t\u{8}\u{c}\u{7f}\u{2028}"
        var alpha: [String: [String: Int64]] = [
            "b": ["z": .max, "a": .min, "é": 0, "ab": -1, "A": 7], "a": [:], "a\"": ["\u{1}": 1], "10": [:], "9": [:],
        ]
        var kinds: [Kind] = [.bare, .one(""), .named(zulu: 1, alpha: [nil, .bare, .named(zulu: 2, alpha: [])])]
        var empty = Empty()
        var nothing: String?
        var flags = [true, false]
        var numbers: [UInt64] = [0, 10, UInt64(Int64.max)]
        var nested = [[1], [], [2, 3]]
        var pairs: [Int: String] = [3: "three"]
    }

    @Test func `are written as Foundation writes them with sorted keys`() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let sample = Sample()
        let bytes = StoredJSON.encode(sample)
        #expect(String(decoding: bytes, as: UTF8.self) == String(decoding: try encoder.encode(sample), as: UTF8.self))
        #expect(try StoredJSON.decode(Sample.self, from: bytes) == sample)
    }

    @Test func `of equal values have equal bytes`() {
        let names = (0..<50).map { "name-\($0)" }
        let forwards = Dictionary(uniqueKeysWithValues: names.map { ($0, [$0: 1]) })
        let backwards = Dictionary(uniqueKeysWithValues: names.reversed().map { ($0, [$0: 1]) })
        #expect(StoredJSON.encode(forwards) == StoredJSON.encode(backwards))
    }

    @Test func `can be a text, a number or a list`() {
        #expect(StoredJSON.encode("a/b") == Array(#""a/b""#.utf8))
        #expect(StoredJSON.encode(-7) == Array("-7".utf8))
        #expect(StoredJSON.encode([Int]()) == Array("[]".utf8))
        #expect(StoredJSON.encode([String?.none]) == Array("[null]".utf8))
    }

    @Test func `that cannot be read say where`() throws {
        let text = String(decoding: StoredJSON.encode(Sample()), as: UTF8.self)
        let wrong = text.replacing("{\"bare\":{}},{\"one\"", with: "7,{\"one\"")
        try #require(wrong != text)
        let error = #expect(throws: DecodingError.self) { try StoredJSON.decode(Sample.self, from: Array(wrong.utf8)) }
        guard case .typeMismatch(_, let context) = error else {
            Issue.record("a number is no object: \(String(describing: error))")
            return
        }
        #expect(context.codingPath.first?.stringValue == "kinds")
    }

    @Test func `hold no numbers that do not fit`() {
        #expect(throws: DecodingError.self) { try StoredJSON.decode(UInt8.self, from: Array("256".utf8)) }
        #expect(throws: DecodingError.self) { try StoredJSON.decode(Int.self, from: Array("1.5".utf8)) }
        let beyond = Array("18446744073709551616".utf8)
        #expect(throws: DecodingError.self) { try StoredJSON.decode(UInt64.self, from: beyond) }
        #expect((try? StoredJSON.decode(Int64.self, from: Array("-9223372036854775808".utf8))) == .min)
    }

    @Test func `that nobody of ours wrote are refused`() {
        #expect(throws: DecodingError.self) { try StoredJSON.decode(Sample.self, from: Array("{\"zulu\":1}".utf8)) }
        #expect(throws: DecodingError.self) { try StoredJSON.decode(Sample.self, from: []) }
    }
}
