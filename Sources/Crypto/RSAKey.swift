import CCrypto

/// An RSA key of 2,048 bits, with its private part or without: signs and verifies RS256 (RFC 7518, section 3.3).
package final class RSAKey: @unchecked Sendable {
    // Invariant: libcrypto counts references to an EVP_PKEY and locks what it caches in it; several threads may use one
    // that nobody changes, and nothing here does.
    private let handle: OpaquePointer

    package static let bits = 2048

    private init(_ handle: OpaquePointer) { self.handle = handle }

    deinit { EVP_PKEY_free(handle) }

    /// Takes some tenths of a second.
    package static func generate() -> RSAKey {
        guard let handle = ccrypto_rsa_generate(bits) else { preconditionFailure("libcrypto makes no RSA keys") }
        return RSAKey(handle)
    }

    /// `nil` for what `privateDER` did not write.
    package convenience init?(privateDER der: [UInt8]) {
        guard let handle = ccrypto_rsa_from_private_der(der, der.count) else { return nil }
        self.init(handle)
    }

    /// A key that can only verify; `nil` for what `publicDER` did not write.
    package convenience init?(publicDER der: [UInt8]) {
        guard let handle = ccrypto_rsa_from_public_der(der, der.count) else { return nil }
        self.init(handle)
    }

    /// The private key, to be sealed before it is stored.
    package var privateDER: [UInt8] { bytes { ccrypto_rsa_private_der(handle, $0) } }
    package var publicDER: [UInt8] { bytes { ccrypto_rsa_public_der(handle, $0) } }
    /// `n` of a JSON Web Key, big end first.
    package var modulus: [UInt8] { bytes { ccrypto_rsa_number(handle, "n", $0) } }
    /// `e` of a JSON Web Key, big end first.
    package var exponent: [UInt8] { bytes { ccrypto_rsa_number(handle, "e", $0) } }

    package func signature(of message: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.bits / 8) { buffer, filled in
            filled = Self.bits / 8
            let done = ccrypto_rsa_sign(handle, message, message.count, buffer.baseAddress, &filled)
            precondition(done == 1, "libcrypto does not sign; was the private key there?")
        }
    }

    package func isValid(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        ccrypto_rsa_verify(handle, message, message.count, signature, signature.count) == 1
    }

    /// Asks for the length, then for the bytes.
    private func bytes(_ write: (UnsafeMutablePointer<UInt8>?) -> Int32) -> [UInt8] {
        let count = Int(write(nil))
        precondition(count > 0, "libcrypto does not write the key")
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = Int(write(buffer.baseAddress))
        }
    }
}
