/// Why the gate stays closed without anybody having closed it.
package struct GateError: Error, Hashable, Sendable {
    /// What happened, and what to do.
    package var message: String
    /// Whether the server refused it, so that asking again in the same way is of no use.
    package var isRefusal: Bool

    package init(_ message: String, isRefusal: Bool = false) {
        self.message = message
        self.isRefusal = isRefusal
    }
}
