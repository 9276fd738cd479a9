/// The parts of the HTTP grammar that decide whether a message can be told apart from the next one (RFC 9110, section 5).
package enum HTTPGrammar {
    /// A method or the name of a field: letters, digits and a few signs; no space, no colon.
    package static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.allBytes { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
                case 0x21, 0x23...0x27, 0x2a, 0x2b, 0x2d, 0x2e, 0x5e...0x60, 0x7c, 0x7e: true
                default: false
                }
            }
    }

    /// A field's value: no control characters but the tab, and above all no line end.
    package static func isFieldValue(_ text: String) -> Bool {
        text.allBytes { $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }
    }

    /// A request target: printable ASCII without spaces.
    package static func isTarget(_ text: String) -> Bool {
        !text.isEmpty && text.allBytes { $0 > 0x20 && $0 < 0x7f }
    }

    /// A `Content-Length`: digits only, and no more than fit.
    package static func contentLength(_ text: String) -> Int? {
        guard !text.isEmpty, text.allBytes({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text)
    }
}

extension String {
    fileprivate func allBytes(_ are: (UInt8) -> Bool) -> Bool {
        let bytes = utf8.span
        for place in bytes.indices where !are(bytes[place]) { return false }
        return true
    }
}

extension HTTPHeaders.Field {
    /// Whether the field can be sent without becoming something else on its way.
    package var isWellFormed: Bool { HTTPGrammar.isToken(name) && HTTPGrammar.isFieldValue(value) }
}
