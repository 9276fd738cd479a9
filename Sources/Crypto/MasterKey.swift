import CCrypto
import Support

/// `SYM_SECRET_KEY`: 32 random bytes from which every other key derives (decisions.md 11).
package struct MasterKey: Sendable {
    private let bytes: [UInt8]

    package static let byteCount = 32

    /// - Parameter bytes: exactly 32; otherwise `nil`.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    package static func random() -> MasterKey {
        guard let key = MasterKey(bytes: Random.bytes(byteCount)) else { preconditionFailure("32 bytes are 32 bytes") }
        return key
    }

    /// Lends the key itself, to be written to its file.
    package func reveal<R>(_ body: ([UInt8]) throws -> R) rethrows -> R { try body(bytes) }

    /// A key for one purpose, by HKDF-SHA256 (RFC 5869): knowing one tells nothing of the others.
    package func derived(for purpose: String, byteCount: Int = 32) -> [UInt8] {
        let info = Array(purpose.utf8)
        return [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, filled in
            let done = bytes.withUnsafeBytes { key in
                info.withUnsafeBytes { info in
                    ccrypto_hkdf_sha256(
                        key.baseAddress, key.count, info.baseAddress, info.count, buffer.baseAddress, byteCount
                    )
                }
            }
            precondition(done == 1, "libcrypto has no HKDF")
            filled = byteCount
        }
    }
}

/// Encrypts small values that are stored, with AES-256-GCM.
package struct SealedBox: Sendable {
    private let key: [UInt8]

    package init(masterKey: MasterKey, purpose: String) { key = masterKey.derived(for: "sealed box: " + purpose) }

    /// - Parameter context: bound to the sealed value without being in it, such as the row's name.
    package func seal(_ plain: [UInt8], context: String) -> [UInt8] {
        let nonce = Random.bytes(12)
        let context = Array(context.utf8)
        let sealed = [UInt8](unsafeUninitializedCapacity: plain.count + 16) { buffer, filled in
            let done = plain.withUnsafeBytes { plain in
                context.withUnsafeBytes { context in
                    ccrypto_gcm_seal(
                        key, nonce, context.baseAddress, context.count, plain.baseAddress, plain.count,
                        buffer.baseAddress
                    )
                }
            }
            precondition(done == 1, "libcrypto has no AES-GCM")
            filled = plain.count + 16
        }
        return nonce + sealed
    }

    /// What was sealed under this key and context; `nil` when it was not, or was altered.
    package func open(_ sealed: [UInt8], context: String) -> [UInt8]? {
        guard sealed.count >= 28 else { return nil }
        let nonce = Array(sealed[..<12])
        let body = Array(sealed[12...])
        let context = Array(context.utf8)
        var opened = false
        let plain = [UInt8](unsafeUninitializedCapacity: max(1, body.count - 16)) { buffer, filled in
            opened = context.withUnsafeBytes { context in
                ccrypto_gcm_open(
                    key, nonce, context.baseAddress, context.count, body, body.count, buffer.baseAddress
                ) == 1
            }
            filled = opened ? body.count - 16 : 0
        }
        return opened ? plain : nil
    }
}
