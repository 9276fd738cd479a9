import Support
import Testing

@Suite struct `Forms` {
    private func decode(_ text: String) -> [String]? {
        FormURLEncoded.decode(Array(text.utf8))?.map { "\($0.name)|\($0.value)" }
    }

    @Test(arguments: [
        ("", []), ("a=1&b=2", ["a|1", "b|2"]), ("a=1&a=2", ["a|1", "a|2"]), ("a", ["a|"]), ("a=", ["a|"]),
        ("=b", ["|b"]),
        ("a=b=c", ["a|b=c"]), ("&&a=1&", ["a|1"]), ("a+b=c+d", ["a b|c d"]), ("a%2Bb=%26%3d", ["a+b|&="]),
        ("a=%", ["a|%"]), ("a=%4", ["a|%4"]), ("a=%zz", ["a|%zz"]), ("a=%%41", ["a|%A"]), ("e=%C3%A9", ["e|é"]),
        ("e=%F0%9F%98%80", ["e|😀"]), ("n=%00", ["n|\0"]),
    ])
    func `a form decodes as the URL standard says`(text: String, fields: [String]) { #expect(decode(text) == fields) }

    @Test(arguments: ["a=%ff", "%C3=1", "a=%ED%A0%80", "a=%C0%80"])
    func `what is not UTF-8 is no form`(text: String) { #expect(decode(text) == nil) }

    @Test func `a form has at most so many fields`() {
        let full = String(repeating: "a&", count: FormURLEncoded.fieldsMax)
        #expect(decode(full)?.count == FormURLEncoded.fieldsMax)
        #expect(decode(full + "a") == nil)
    }

    @Test func `encoding is undone by decoding`() {
        let fields = [("a b", "c&d=e"), ("ü", "😀"), ("", ""), ("+", "%41"), ("line\r\n", "\0")]
        let encoded = FormURLEncoded.encode(fields)
        #expect(encoded.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f })
        #expect(decode(encoded) == fields.map { "\($0.0)|\($0.1)" })
    }

    @Test(arguments: [("AZaz09-._~", "AZaz09-._~"), (" /?&=+%", "%20%2F%3F%26%3D%2B%25"), ("é", "%C3%A9")])
    func `only unreserved characters stay as they are`(text: String, expected: String) {
        #expect(FormURLEncoded.percentEncoded(text) == expected)
    }
}
