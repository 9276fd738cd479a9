/// Header fields in their order. Names compare without case.
package struct HTTPHeaders: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    package private(set) var fields: [Field]

    package struct Field: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(_ fields: [Field] = []) { self.fields = fields }

    package init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { Field(name: $0.0, value: $0.1) }
    }

    /// The first value of a field. Setting replaces all values; `nil` removes them.
    package subscript(name: String) -> String? {
        get { fields.first { $0.name.isEqualIgnoringCase(to: name) }?.value }
        set {
            fields.removeAll { $0.name.isEqualIgnoringCase(to: name) }
            if let newValue { fields.append(Field(name: name, value: newValue)) }
        }
    }

    package func values(of name: String) -> [String] {
        fields.filter { $0.name.isEqualIgnoringCase(to: name) }.map(\.value)
    }

    package mutating func append(_ name: String, _ value: String) { fields.append(Field(name: name, value: value)) }
}

extension String {
    /// ASCII letters compare without case; everything else byte by byte.
    package func isEqualIgnoringCase(to other: String) -> Bool {
        let count = utf8.count
        guard count == other.utf8.count else { return false }
        let (left, right) = (utf8.span, other.utf8.span)
        for place in 0..<count where left[place] != right[place] {
            guard lowered(left[place]) == lowered(right[place]) else { return false }
        }
        return true
    }
}

private func lowered(_ byte: UInt8) -> UInt8 { (0x41...0x5a).contains(byte) ? byte | 0x20 : byte }

/// One request: as a server received it, or as a client is to send it.
package struct HTTPRequest: Hashable, Sendable {
    package var method: String
    /// On a server the path with its query, as on the request line; for a client the whole URL.
    package var target: String
    package var headers: HTTPHeaders
    package var body: [UInt8]
    /// Who sent it: the peer's address without a port; empty for a request that we send.
    package var peer: String

    package init(
        method: String = "GET", target: String, headers: HTTPHeaders = [:], body: [UInt8] = [], peer: String = ""
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.peer = peer
    }

    /// The target up to `?`, still percent-encoded.
    package var path: String {
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return target }
        return String(target[..<mark])
    }

    /// What follows the first `?`; empty without one.
    package var query: String {
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return "" }
        return String(target[target.utf8.index(after: mark)...])
    }

    /// The media type of the body without parameters, lower case: `application/json`.
    package var mediaType: String? {
        headers["Content-Type"].map { String($0.prefix { $0 != ";" && $0 != " " }).lowercased() }
    }
}

/// One response: as a client received it, or as a server is to send it.
package struct HTTPResponse: Sendable {
    package var status: Int
    package var headers: HTTPHeaders
    package var body: Body

    package enum Body: Sendable {
        case bytes([UInt8])
        /// Sent piece by piece as the stream yields, with no length said before: for server-sent events. The stream's
        /// `onTermination` is called when the client has gone.
        case stream(AsyncStream<[UInt8]>)
    }

    package init(status: Int, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = .bytes(body)
    }

    package init(status: Int, headers: HTTPHeaders = [:], stream: AsyncStream<[UInt8]>) {
        self.status = status
        self.headers = headers
        body = .stream(stream)
    }

    /// The body where it is whole; empty for a stream.
    package var bytes: [UInt8] { if case .bytes(let bytes) = body { bytes } else { [] } }

    package static func text(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, headers: ["Content-Type": "text/plain; charset=utf-8"], body: Array(text.utf8))
    }
}
