import CCrypto
import Support

/// SHA-256.
package enum SHA256 {
    package static func hash(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { buffer, filled in
            let done = bytes.withUnsafeBytes { ccrypto_sha256($0.baseAddress, $0.count, buffer.baseAddress) }
            precondition(done == 1, "libcrypto has no SHA-256")
            filled = 32
        }
    }

    /// 64 lower-case hexadecimal digits.
    package static func hex(_ text: String) -> String { hex(Array(text.utf8)) }
    package static func hex(_ bytes: [UInt8]) -> String { Hex.text(hash(bytes)) }
}

/// HMAC with SHA-256.
package enum HMACSHA256 {
    package static func code(for message: [UInt8], key: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { buffer, filled in
            let done = message.withUnsafeBytes { message in
                key.withUnsafeBytes { key in
                    ccrypto_hmac_sha256(
                        key.baseAddress, key.count, message.baseAddress, message.count, buffer.baseAddress
                    )
                }
            }
            precondition(done == 1, "libcrypto has no HMAC")
            filled = 32
        }
    }
}

/// Compares in a time that does not depend on where two equally long texts differ.
package func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return left.withUnsafeBytes { left in
        right.withUnsafeBytes { right in CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0 }
    }
}
