import AdminClient
import Testing

@Suite struct `The address of the API` {
    @Test(arguments: [
        ("http://127.0.0.1:3000/api/v1/", "http://127.0.0.1:3000/api/v1"),
        (" https://sym.acme.test/api/v1\n", "https://sym.acme.test/api/v1"),
    ])
    func `has no slash at its end`(_ text: String, _ base: String) {
        #expect(APIAddress(text)?.base == base)
        #expect(APIAddress(text)?.url("users") == base + "/users")
    }

    @Test(arguments: ["", "http://", "https:///x", "ftp://x", "127.0.0.1:3000", "http://x/?a=1", "http://x/#a"])
    func `is http or https with a host and nothing behind the path`(_ text: String) {
        #expect(APIAddress(text) == nil)
    }
}
