/// How requests leave the process. The time and the length of each exchange are the caller's to say.
package struct TransportSettings: Sendable {
    /// Whether `http_proxy`, `https_proxy` and `no_proxy` count, as curl reads them. Loopback never goes through a proxy.
    package var useEnvironmentProxy = true
    /// For finding the address, connecting and TLS; a shorter time-out of the caller holds as well.
    package var connectTimeout: Duration = .seconds(5)
    package var connectionsPerHostMax = 32
    package var connectionsMax = 128
    /// Connections that wait for their next request.
    package var idleConnectionsMax = 64
    /// A connection that has waited longer is not used again: the other side may be closing it at this moment.
    package var idleConnectionSeconds = 20
    package var responseHeaderBytesMax = 64 << 10
    package var responseHeaderFieldsMax = 200

    package init() {}
}
