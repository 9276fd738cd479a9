import Crypto
import Support

/// JSON Web Tokens in compact form, signed with RS256 and nothing else (RFC 7515 and 7519).
enum JWT {
    /// A longer text is not a token of ours.
    static let bytesMax = 8192

    static func signed(_ claims: JSONObject, with key: RSAKey, id: String) -> String {
        let header: JSONValue = ["alg": "RS256", "typ": "JWT", "kid": .string(id)]
        let message = Base64URL.text(header.bytes) + "." + Base64URL.text(JSONValue.object(claims).bytes)
        return message + "." + Base64URL.text(key.signature(of: Array(message.utf8)))
    }

    /// A token that has the right form; nothing in it counts before `claims(verifiedBy:)`.
    struct Unverified {
        /// The `kid`.
        let keyID: String
        private let message: [UInt8]
        private let payload: [UInt8]
        private let signature: [UInt8]

        init?(_ text: String) {
            guard text.utf8.count <= JWT.bytesMax else { return nil }
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 3, let headerBytes = Base64URL.bytes(parts[0]),
                let payload = Base64URL.bytes(parts[1]), let signature = Base64URL.bytes(parts[2]),
                let header = (try? JSONValue(parsing: headerBytes))?.object,
                // The algorithm is ours to choose, not the token's.
                header["alg"]?.text == "RS256", let keyID = header["kid"]?.text
            else { return nil }
            self.keyID = keyID
            self.payload = payload
            self.signature = signature
            message = Array((parts[0] + "." + parts[1]).utf8)
        }

        func claims(verifiedBy key: RSAKey) -> JSONObject? {
            guard key.isValid(signature, of: message) else { return nil }
            return (try? JSONValue(parsing: payload))?.object
        }
    }
}
