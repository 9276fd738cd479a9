import Crypto
import HTTPModel
import Support

/// The browser page's files, served at `/` and `/web/…`. Reading them is left to the program: this target opens none.
package struct PageFiles: Sendable {
    private let readFile: @Sendable (String) -> [UInt8]?

    /// - Parameter readFile: a file's content by its name in the page's folder (`app.css`, `js/main.js`); `nil` where
    ///   there is none. Asked anew for each request, so that a change shows without a restart.
    package init(readFile: @escaping @Sendable (String) -> [UInt8]?) { self.readFile = readFile }

    static let prefix = "/web/"

    /// Only what the page brings along runs and loads, except for the pictures that an app puts into its cards.
    private static let policy = [
        "default-src 'none'", "script-src 'self'", "worker-src 'self'", "style-src 'self'", "connect-src 'self'",
        "img-src 'self' data: https: http:", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    private static let types = [
        "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml", "png": "image/png", "json": "application/json; charset=utf-8",
    ]

    /// The answer to a request for the page, or `nil` where the path is none of the page's.
    func respond(to request: HTTPRequest) -> HTTPResponse? {
        let path = request.path
        let name: String
        if path == "/" {
            name = "index.html"
        } else if path.hasPrefix(Self.prefix) {
            name = String(path.dropFirst(Self.prefix.count))
        } else {
            return nil
        }
        guard request.method == "GET" || request.method == "HEAD" else {
            return .text("method not allowed\n", status: 405)
        }
        guard Self.isPlain(name), let type = Self.types[Self.ending(of: name)], let bytes = readFile(name) else {
            let isShell = name == "index.html"
            return .text(
                isShell ? "The page's files were not found; the control API works without them.\n" : "not found\n",
                status: 404)
        }
        let tag = "\"\(Hex.text(SHA256.hash(bytes).prefix(Self.tagBytes)))\""
        // Kept by browsers, and asked for again each time: an edit or an update shows at once.
        let headers: HTTPHeaders = [
            "Content-Type": type, "Cache-Control": "no-cache", "ETag": tag, "Content-Security-Policy": Self.policy,
            "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
        ]
        if request.headers["If-None-Match"] == tag { return HTTPResponse(status: 304, headers: headers) }
        return HTTPResponse(status: 200, headers: headers, body: bytes)
    }

    private static let tagBytes = 12

    private static func ending(of name: String) -> String { name.split(separator: ".").last.map(String.init) ?? "" }

    /// Names made of letters, digits, `-`, `_` and dots within a part: no way out of the folder, no hidden files.
    private static func isPlain(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return parts.allSatisfy { part in
            !part.isEmpty && !part.hasPrefix(".")
                && part.utf8.allSatisfy { byte in
                    switch byte {
                    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f: true
                    default: false
                    }
                }
        }
    }
}
