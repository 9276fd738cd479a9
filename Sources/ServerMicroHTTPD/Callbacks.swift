import CMicroHTTPD
import Glibc
import HTTPModel
import Support

// What libmicrohttpd calls, on its threads. All at file scope: a closure formed in an isolated context traps on a
// foreign thread. Each takes what it was lent and passes it on.

private func core(_ context: UnsafeMutableRawPointer?) -> ServerCore {
    guard let context else { preconditionFailure("a callback came without the context it was registered with") }
    return Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
}

func acceptPolicy(
    _ context: UnsafeMutableRawPointer?, _ address: UnsafePointer<sockaddr>?, _: socklen_t
) -> MHD_Result { core(context).admits(PeerAddress(address)) ? .YES : .NO }

/// A connection has come, or is about to be closed. The first call retains its `ClientConnection`, the last releases it.
func connectionChanged(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
    _ slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ change: MHD_ConnectionNotificationCode
) {
    guard let connection, let slot else { return }
    switch change {
    case .CONNECTION_NOTIFY_STARTED:
        let peer = PeerAddress(mhd_door_peer(connection)) ?? .unknown
        let client = ClientConnection(descriptor: mhd_door_descriptor(connection), peer: peer, at: .now())
        slot.pointee = Unmanaged.passRetained(client).toOpaque()
        core(context).opened(client)
    case .CONNECTION_NOTIFY_CLOSED:
        guard let client = slot.pointee else { return }
        slot.pointee = nil
        core(context).closed(Unmanaged<ClientConnection>.fromOpaque(client).takeRetainedValue())
    }
}

/// A request line has come, with the target as it was sent. What this returns is the request's context; it is released
/// in `requestCompleted`, which libmicrohttpd calls for every request that this was called for.
func requestLine(
    _ context: UnsafeMutableRawPointer?, _ target: UnsafePointer<CChar>?, _ connection: OpaquePointer?
) -> UnsafeMutableRawPointer? {
    guard let connection, let client = mhd_door_socket_context(connection) else { return nil }
    let core = core(context)
    let exchange = Exchange(
        id: core.ids.next(), target: target.flatMap { String(validatingCString: $0) } ?? "",
        connection: Unmanaged<ClientConnection>.fromOpaque(client).takeUnretainedValue(),
        handle: ConnectionHandle(pointer: connection), core: core
    )
    core.tally.exchangesOpen.up()
    return Unmanaged.passRetained(exchange).toOpaque()
}

func accessHandler(
    _: UnsafeMutableRawPointer?, _: OpaquePointer?, _: UnsafePointer<CChar>?, _ method: UnsafePointer<CChar>?,
    _ version: UnsafePointer<CChar>?, _ data: UnsafePointer<CChar>?, _ size: UnsafeMutablePointer<Int>?,
    _ slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let pointer = slot?.pointee, let method, let version, let size else { return .NO }
    let exchange = Unmanaged<Exchange>.fromOpaque(pointer).takeUnretainedValue()
    let body = UnsafeRawBufferPointer(start: data, count: size.pointee)
    // All of it is copied or dropped: nothing is left for a second call.
    defer { size.pointee = 0 }
    return exchange.step(method: String(cString: method), version: String(cString: version), body: body)
}

func requestCompleted(
    _ context: UnsafeMutableRawPointer?, _: OpaquePointer?, _ slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    _: MHD_RequestTerminationCode
) {
    guard let slot, let pointer = slot.pointee else { return }
    slot.pointee = nil
    Unmanaged<Exchange>.fromOpaque(pointer).takeRetainedValue().complete()
    let core = core(context)
    if core.tally.exchangesOpen.down() == 0, core.isDraining { core.wakeWatchdog() }
}

func collectField(
    _ context: UnsafeMutableRawPointer?, _: MHD_ValueKind, _ name: UnsafePointer<CChar>?, _ nameSize: Int,
    _ value: UnsafePointer<CChar>?, _ valueSize: Int
) -> MHD_Result {
    func text(_ start: UnsafePointer<CChar>?, _ count: Int) -> String {
        // Latin 1 was once allowed in values; what is not UTF-8 becomes the replacement character.
        String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
    }
    context?.assumingMemoryBound(to: [HTTPHeaders.Field].self).pointee
        .append(HTTPHeaders.Field(name: text(name, nameSize), value: text(value, valueSize)))
    return .YES
}

func readStream(
    _ context: UnsafeMutableRawPointer?, _: UInt64, _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int
) -> Int {
    guard let context else { return 0 }
    return Unmanaged<StreamBuffer>.fromOpaque(context).takeUnretainedValue()
        .read(into: UnsafeMutableRawBufferPointer(start: bytes, count: count))
}

func releaseStream(_ context: UnsafeMutableRawPointer?) {
    if let context { Unmanaged<StreamBuffer>.fromOpaque(context).release() }
}
