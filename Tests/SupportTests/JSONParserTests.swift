import Support
import Testing

/// Cases in the manner of the public JSON test suites: what every parser must accept, what every parser must refuse.
@Suite struct `Reading JSON` {
    @Test(
        arguments: [
            ("null", .null), ("true", .bool(true)), ("false", .bool(false)), (" \t\r\n1 \n", .int(1)),
            ("[]", .array([])),
            ("{}", .object([:])), ("[ ]", .array([])), ("{ }", .object([:])), ("\"\"", .string("")),
            ("[[[[]]]]", [[[[]]]]),
            ("{\"a\":{\"b\":[1,{}]}}", ["a": ["b": [1, [:]]]]), ("{\"\":0}", ["": 0]), ("[1,\n2 ,3]", [1, 2, 3]),
            ("{\"a\\u0000b\":1}", ["a\0b": 1]),
        ] as [(String, JSONValue)])
    func `a well-formed text has one meaning`(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == value)
        #expect(try JSONValue(parsing: Array(text.utf8)) == value)
    }

    @Test(
        arguments: [
            ("0", .int(0)), ("-0", .int(0)), ("-1", .int(-1)), ("9223372036854775807", .int(.max)),
            ("-9223372036854775808", .int(.min)), ("9223372036854775808", .double(9_223_372_036_854_775_808)),
            ("0.5", .double(0.5)),
            ("1.0", .double(1)), ("1e2", .double(100)), ("1E+2", .double(100)), ("1e-2", .double(0.01)),
            ("-0.0", .double(-0.0)),
            ("123.456e-3", .double(0.123456)), ("0e1", .double(0)), ("1e-400", .double(0)),
        ] as [(String, JSONValue)])
    func `a number is whole where it is written whole`(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == value)
    }

    @Test(arguments: [
        ("\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\u{8}\u{c}\n\r\t"), ("\\u0041\\u00e9\\u20AC", "Aé€"),
        ("\\ud83d\\ude00", "😀"),
        ("\\uD834\\uDD1E", "𝄞"), ("é€😀", "é€😀"), ("\u{7f}\u{2028}\u{feff}", "\u{7f}\u{2028}\u{feff}"),
        ("\\uFFFF", "\u{ffff}"),
        ("\\u0000", "\0"), ("//", "//"),
    ])
    func `a string says what its escapes stand for`(inner: String, value: String) throws {
        let parsed = try JSONValue(parsing: "\"\(inner)\"")
        #expect(parsed.text.map { Array($0.unicodeScalars) } == Array(value.unicodeScalars))
    }

    @Test(arguments: [
        "", " ", "[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]", "[,]", "[1 2]", "[1,,2]", "{,}", "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}", "{\"a\":1 \"b\":2}", "{a:1}", "{'a':1}", "{1:1}", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}",
        "{\"a\" 1}", "{\"a\"::1}", "{\"a\":1}}", "[1]]", "1 2", "nul", "nulll", "True", "NULL", "undefined", "NaN",
        "Infinity",
        "-Infinity", "-", "+1", "01", "-01", "00", "1.", ".5", "-.5", "1.e1", "1e", "1e+", "1e1.5", "0x10", "1_000",
        "1,000",
        "1e400", "-1e400", "２", "\"", "\"a", "'a'", "\"\\\"", "\"\\x41\"", "\"\\u\"", "\"\\u12\"", "\"\\u12G4\"",
        "\"\\U0041\"",
        "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\\ud800\\ud800\"", "\"\\ud800x\"", "\"\\ud83d\\\"",
        "\"\t\"",
        "\"\n\"", "\"\0\"", "\"\u{1f}\"", "\u{feff}1", "\u{a0}1", "\u{c}1", "1\0", "[1]x", "// c\n1", "/* c */1", "1//",
        "[1]/",
        "\"a\" \"b\"", "abc", "*", "<null>", "[\"a\":1]", "{\"a\",1}",
    ])
    func `a malformed text has none`(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: text) }
    }

    @Test(
        arguments: [
            [0x80], [0xff], [0xc0, 0x80], [0xc1, 0xbf], [0xe0, 0x80, 0x80], [0xed, 0xa0, 0x80], [0xed, 0xbf, 0xbf],
            [0xf0, 0x80, 0x80, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80], [0xc3], [0xe2, 0x82],
            [0x41, 0xbf],
        ] as [[UInt8]])
    func `a string is UTF-8, without overlong forms and surrogates`(bytes: [UInt8]) {
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: [0x22] + bytes + [0x22]) }
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: Array("\"\\n".utf8) + bytes + [0x22]) }
        #expect(throws: JSONSyntaxError.self) {
            try JSONValue(parsing: Array("{\"".utf8) + bytes + Array("\":1}".utf8))
        }
    }

    @Test(arguments: [("[", "]"), ("{\"a\":", "}")])
    func `values stand within each other to a limit`(opening: String, closing: String) throws {
        func nested(_ depth: Int) -> String {
            String(repeating: opening, count: depth) + "1" + String(repeating: closing, count: depth)
        }
        _ = try JSONValue(parsing: nested(JSONValue.depthMax))
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: nested(JSONValue.depthMax + 1)) }
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: String(repeating: opening, count: 100_000)) }
    }

    @Test func `names that only differ in how an accent is written count as one name`() {
        // Swift's strings are equal then, so a look-up could not tell them apart.
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: "{\"\u{e9}\":1,\"e\\u0301\":2}") }
    }

    @Test(arguments: [
        ("", 1, 1), ("[1,\n  x]", 2, 3), ("{\"a\": 1,\n \"b\": 2,\n \"a\": 3}", 3, 2), ("[\"é\", x]", 1, 8),
        ("1 2", 1, 3),
        ("[01]", 1, 3), ("\r\n\r\n]", 3, 1),
    ])
    func `a mistake is found where it stands`(text: String, line: Int, column: Int) {
        let error = #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: text) }
        #expect(error?.line == line)
        #expect(error?.column == column)
    }

    @Test(
        arguments: [
            ("// first\n[1, // second\n 2] // last", [1, 2]), ("/* a */{/* b */\"k\"/**/:/***/1}/* */", ["k": 1]),
            ("[\"// no comment\", \"/* nor this */\"]", ["// no comment", "/* nor this */"]),
        ] as [(String, JSONValue)])
    func `comments are space where they are allowed`(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text, allowing: .comments) == value)
    }

    @Test(arguments: ["/", "/*", "/* *", "1 /", "/ / 1", "[1,]", "/*/ 1"])
    func `what begins like a comment and is none is refused`(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: text, allowing: .comments) }
    }

    @Test(arguments: [("[1,]", [1]), ("{\"a\":1,}", ["a": 1]), ("[[1,],]", [[1]])] as [(String, JSONValue)])
    func `a last comma is nothing where it is allowed`(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text, allowing: .trailingCommas) == value)
    }

    @Test(arguments: ["[,]", "{,}", "[1,,]", "[1,]//", ","])
    func `one last comma is allowed, not more`(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: text, allowing: .trailingCommas) }
    }
}

@Suite struct `A part of a document that is left out` {
    private static let part = JSONValue.OmittedPart("blocks", of: "message")

    private static func json(_ blocks: String) -> String {
        #"{"type":"x","message":{"ts":"1","blocks":\#(blocks),"text":"t"},"blocks":[1],"view":{"blocks":[2]}}"#
    }

    @Test(arguments: [
        "[]", "{}", "null", "7", #""text""#, #"[{"a":[1,2.5e3,{"b":"\u00e9\n\"x"}],"c":true}, [ ] , -0 ]"#, #"["é🔒"]"#,
        #"{"a" : {"a":false} , "b":[null]}"#,
    ])
    func `leaves everything else`(blocks: String) throws {
        let whole = try JSONValue(parsing: Self.json(blocks))
        var message = try #require(whole["message"]?.object)
        message["blocks"] = nil
        var expected = try #require(whole.object)
        expected["message"] = .object(message)
        let read = try JSONValue(parsing: Array(Self.json(blocks).utf8), leavingOut: Self.part)
        #expect(read == .object(expected))
    }

    @Test(arguments: [
        "", "[", "[1,]", "{\"a\"}", "{\"a\":}", "{a:1}", "[1 2]", "\"", "\"\\x\"", "\"\\ud800\"", "01", "tru",
        "[\"\u{1}\"]",
        String(repeating: "[", count: 70) + String(repeating: "]", count: 70),
    ])
    func `has to be JSON all the same`(blocks: String) {
        #expect(throws: JSONSyntaxError.self) {
            try JSONValue(parsing: Array(Self.json(blocks).utf8), leavingOut: Self.part)
        }
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: Self.json(blocks)) }
    }

    @Test func `has to be UTF-8`() throws {
        let bytes = Array(Self.json("[\"?\"]").utf8).map { $0 == UInt8(ascii: "?") ? 0xff : $0 }
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: bytes, leavingOut: Self.part) }
    }
}
