import CMicroHTTPD

/// libmicrohttpd's connection, as far as threads other than its own may use it.
struct ConnectionHandle: @unchecked Sendable {
    // Invariant: `resume` is documented as safe from any thread, and is called only for a connection that is suspended,
    // which libmicrohttpd keeps until it is resumed. Everything else is called from within its callbacks.
    let pointer: OpaquePointer

    /// Within a callback of this connection: does nothing more with it until it is resumed.
    func suspend() { MHD_suspend_connection(pointer) }

    func resume() { MHD_resume_connection(pointer) }
}
