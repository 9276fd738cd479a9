package import Support

/// Lends the secrets that strategies and integrations name. Read anew at each use, so that a secret can be rotated
/// without a restart.
package struct SecretReader: Sendable {
    /// - Parameter name: as in the configuration, without regard to case.
    package var read: @Sendable (_ name: String) throws(SecretError) -> Secret

    package init(read: @escaping @Sendable (_ name: String) throws(SecretError) -> Secret) { self.read = read }
}

/// Why there is no secret. Names it, and never says anything of its value.
package enum SecretError: Error, Hashable, Sendable {
    case unknown(name: String)
    case unreadable(name: String, reason: String)

    /// A sentence for people who can mend it.
    package var reason: String {
        switch self {
        case .unknown(let name): "The secret \"\(name)\" is not configured."
        case .unreadable(let name, let reason): "The secret \"\(name)\" cannot be read: \(reason)."
        }
    }
}
