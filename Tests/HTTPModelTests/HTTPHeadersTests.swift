import HTTPModel
import Testing

@Suite struct `Header fields` {
    @Test func `names compare without case and keep theirs`() {
        var headers: HTTPHeaders = ["Content-Type": "a", "X-Two": "1"]
        headers.append("x-two", "2")
        #expect(headers["content-type"] == "a")
        #expect(headers["X-TWO"] == "1")
        #expect(headers.values(of: "X-Two") == ["1", "2"])
        #expect(headers.fields.map(\.name) == ["Content-Type", "X-Two", "x-two"])
        #expect(headers["X-Three"] == nil)
    }

    @Test func `setting replaces all values, nil removes them`() {
        var headers: HTTPHeaders = ["A": "1"]
        headers.append("a", "2")
        headers["A"] = "3"
        #expect(headers.fields == [.init(name: "A", value: "3")])
        headers["a"] = nil
        #expect(headers.fields.isEmpty)
    }

    @Test(arguments: [("A", "a", true), ("É", "é", false), ("@", "`", false), ("[", "{", false), ("ab", "abc", false)])
    func `only ASCII letters lose their case`(one: String, other: String, same: Bool) {
        #expect(one.isEqualIgnoringCase(to: other) == same)
    }

    @Test(arguments: [
        ("X-Good", "v", true), ("X-Good", "", true), ("X-Good", "tab\there", true), ("X-Good", "größer", true),
        ("", "v", false), ("X Bad", "v", false), ("X:", "v", false), ("X\n", "v", false), ("Ü", "v", false),
        ("X", "a\r\nB: c", false), ("X", "a\nb", false), ("X", "a\0", false), ("X", "\u{7f}", false),
    ])
    func `a field that could become two is not well-formed`(name: String, value: String, isWellFormed: Bool) {
        #expect(HTTPHeaders.Field(name: name, value: value).isWellFormed == isWellFormed)
    }

    @Test(arguments: [
        ("0", 0), ("5", 5), ("007", 7), ("9223372036854775807", Int.max), ("9223372036854775808", nil), ("", nil),
        ("+5", nil),
        ("-5", nil), (" 5", nil), ("5,5", nil), ("0x5", nil), ("٥", nil),
    ])
    func `a length is digits and nothing else`(text: String, length: Int?) {
        #expect(HTTPGrammar.contentLength(text) == length)
    }

    @Test(arguments: [
        ("/", true), ("*", true), ("/a%20b?c", true), ("", false), ("/a b", false), ("/ä", false), ("/\u{7f}", false),
    ])
    func `a target is printable ASCII without spaces`(text: String, isTarget: Bool) {
        #expect(HTTPGrammar.isTarget(text) == isTarget)
    }
}

@Suite struct `Requests and responses as values` {
    @Test(arguments: [("/a/b?c=d?e", "/a/b", "c=d?e"), ("/a", "/a", ""), ("/a?", "/a", ""), ("?x", "", "x")])
    func `path and query share the target`(target: String, path: String, query: String) {
        let request = HTTPRequest(target: target)
        #expect(request.path == path)
        #expect(request.query == query)
    }

    @Test(arguments: [
        ("application/json", "application/json"), ("Application/JSON; charset=utf-8", "application/json"),
        ("text/plain ;x", "text/plain"),
    ])
    func `the media type has no parameters and no capitals`(value: String, expected: String) {
        #expect(HTTPRequest(target: "/", headers: ["content-type": value]).mediaType == expected)
    }

    @Test func `without a content type there is no media type`() { #expect(HTTPRequest(target: "/").mediaType == nil) }

    @Test func `a text response says what it is`() {
        let response = HTTPResponse.text("hé", status: 404)
        #expect(response.status == 404)
        #expect(response.bytes == Array("hé".utf8))
        #expect(response.headers["Content-Type"] == "text/plain; charset=utf-8")
    }

    @Test func `a stream has no bytes to show`() {
        #expect(HTTPResponse(status: 200, stream: AsyncStream { $0.yield([1]) }).bytes.isEmpty)
    }

    @Test(arguments: [
        (TransportError.unreachable(reason: ""), false), (.invalidRequest(reason: ""), false),
        (.timedOut(after: .zero), true), (.interrupted(reason: ""), true), (.responseTooLarge(limit: 1), true),
        (.cancelled, true),
    ])
    func `only what surely did not arrive may be repeated without a thought`(
        error: TransportError, mayHaveArrived: Bool
    ) {
        #expect(error.mayHaveArrived == mayHaveArrived)
    }
}
