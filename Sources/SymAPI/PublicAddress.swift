package import HTTPModel

/// How clients reach us.
package struct PublicAddress: Sendable {
    /// `SYM_PUBLIC_URL` without a slash at its end.
    private let configured: String?

    package init(_ configured: String?) {
        self.configured = configured.map { url in
            var url = url
            while url.hasSuffix("/") { url.removeLast() }
            return url
        }
    }

    /// The origin that tokens name as where they come from: what was configured, else what the client called us. A
    /// client compares it with the address it was given; nothing of ours depends on it.
    package func origin(of request: HTTPRequest) -> String {
        if let configured { return configured }
        guard let host = request.headers["Host"], Self.isHost(host) else { return "http://localhost" }
        return "http://" + host
    }

    /// `iss` (sym-api.md 2.3): with the slash.
    func issuer(of request: HTTPRequest) -> String { origin(of: request) + "/" }

    /// A name or address, with a port or without: nothing that would end it early in a header, a page or a token.
    private static func isHost(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x3a, 0x5b, 0x5d: true
                default: false
                }
            }
    }
}
