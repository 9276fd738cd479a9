import Support
import Testing

@Suite struct `Base64 for addresses` {
    @Test(
        arguments: [
            ([], ""), ([0], "AA"), ([0xfb, 0xff], "-_8"), (Array("foob".utf8), "Zm9vYg"),
            (Array("foobar".utf8), "Zm9vYmFy"),
        ] as [([UInt8], String)])
    func `goes there and back`(bytes: [UInt8], text: String) {
        #expect(Base64URL.text(bytes) == text)
        #expect(Base64URL.bytes(text) == bytes)
    }

    @Test(arguments: ["A", "AB", "AA==", "+A", "A A", "Zm9vYh", "é"])
    func `one text for some bytes, and none for others`(text: String) { #expect(Base64URL.bytes(text) == nil) }
}
