import Crypto
package import Support

/// Slack's request signature, version 0: it proves that a request comes from Slack, not that it comes once
/// (slack.md 1.1).
package enum SlackSignature {
    /// Why a request is refused. Each of them is answered 401, and nothing else happens.
    package enum Failure: Error, Hashable, Sendable, CaseIterable {
        case missingTimestamp
        case malformedTimestamp
        /// Further from now than `tolerance`, before or after.
        case staleTimestamp
        case missingSignature
        case malformedSignature
        /// No secret gives this signature; also when no secret is configured.
        case wrongSignature
    }

    package static let timestampHeader = "X-Slack-Request-Timestamp"
    package static let signatureHeader = "X-Slack-Signature"

    /// How far the timestamp may be from now, this long included.
    package static let tolerance = Duration.seconds(300)

    /// More digits than any second within living memory has.
    private static let timestampDigitsMax = 12
    private static let prefix = Array("v0=".utf8)
    private static let digestDigits = 64

    /// Accepts a request whose signature one of `secrets` made.
    ///
    /// Everything that can be judged without hashing is judged first, so that noise costs little.
    /// - Parameters:
    ///   - body: exactly as received; it need not be UTF-8.
    ///   - secrets: several while one is being replaced. An empty one never verifies.
    package static func verify(
        body: [UInt8], timestampHeader: String?, signatureHeader: String?, secrets: [Secret], now: Timestamp
    ) throws(Failure) {
        guard let timestampHeader, !timestampHeader.isEmpty else { throw .missingTimestamp }
        let digits = timestampHeader.utf8
        guard digits.count <= timestampDigitsMax, digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let seconds = Int64(timestampHeader)
        else { throw .malformedTimestamp }
        let distance = now - Timestamp(seconds: seconds)
        guard distance <= tolerance, distance >= .zero - tolerance else { throw .staleTimestamp }

        guard let signatureHeader, !signatureHeader.isEmpty else { throw .missingSignature }
        let signature = Array(signatureHeader.utf8)
        guard signature.count == prefix.count + digestDigits, signature.starts(with: prefix),
            signature.dropFirst(prefix.count).allSatisfy(isLowerCaseHex)
        else { throw .malformedSignature }

        var matches = false
        for secret in secrets where !secret.isEmpty {
            let expected = Array(sign(body: body, timestamp: timestampHeader, secret: secret).utf8)
            if constantTimeEqual(expected, signature) { matches = true }
        }
        guard matches else { throw .wrongSignature }
    }

    /// The value of the signature header for a body, as Slack makes it.
    package static func sign(body: [UInt8], timestamp: String, secret: Secret) -> String {
        let base = Array("v0:\(timestamp):".utf8) + body
        let key = secret.reveal { Array($0.utf8) }
        return "v0=" + Hex.text(HMACSHA256.code(for: base, key: key))
    }

    private static func isLowerCaseHex(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }
}
