import Crypto
import Support

/// Lets a target system tell our calls from anybody's, the way Slack signs its own: HMAC-SHA256 over the version, the
/// time and the exact bytes of the body. A receiver refuses times that are more than five minutes off, and compares in
/// constant time.
enum HTTPSignature {
    static let version = "v0"
    static let header = "X-Symflow-Signature"
    static let timestampHeader = "X-Symflow-Timestamp"

    /// - Parameter timestamp: as the header says it, in whole seconds since 1970.
    static func signature(of body: [UInt8], at timestamp: String, secret: Secret) -> String {
        let message = Array("\(version):\(timestamp):".utf8) + body
        return version + "=" + secret.reveal { Hex.text(HMACSHA256.code(for: message, key: Array($0.utf8))) }
    }
}
