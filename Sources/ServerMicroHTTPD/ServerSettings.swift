package import Support

/// Where the server listens, and how far it trusts what reaches it (decisions.md 12).
package struct ServerSettings: Sendable {
    /// A name or a numeric address.
    package var host: String
    /// 0 picks a free port.
    package var port: Int
    /// Threads that read and write sockets; at least 2. A handler may begin on them (`HTTPHandler.beginsAtOnce`).
    package var threads: Int
    /// Peers whose `X-Forwarded-For` counts.
    package var trustedProxies: [AddressRange]
    package var limits: ServerLimits

    package init(
        host: String = "127.0.0.1", port: Int, threads: Int = 2, trustedProxies: [AddressRange] = [],
        limits: ServerLimits = ServerLimits()
    ) {
        self.host = host
        self.port = port
        self.threads = max(2, threads)
        self.trustedProxies = trustedProxies
        self.limits = limits
    }
}

/// What one client, and all of them together, may take. Deadlines are absolute: bytes that trickle in do not move them.
package struct ServerLimits: Sendable {
    /// From the first byte of a request (or from connecting) to the end of its header.
    package var headerDeadline: Duration = .seconds(5)
    /// From the end of the header to the end of the body.
    package var bodyDeadline: Duration = .seconds(10)
    /// From the end of the request to the handler's answer. A handler may ask for another one.
    package var answerDeadline: Duration = .seconds(10)
    /// From the answer until the client has taken all of it; does not hold for streams.
    package var sendDeadline: Duration = .seconds(60)
    /// Between two requests on one connection.
    package var idleDeadline: Duration = .seconds(30)
    /// While the server drains, between two requests on one connection.
    package var drainIdleDeadline: Duration = .seconds(2)
    /// From the beginning of a drain until what is unfinished is broken off.
    package var drainDeadline: Duration = .seconds(15)

    package var connectionsMax = 4096
    /// Loopback and trusted proxies excepted, who speak for many.
    package var connectionsPerAddressMax = 64
    /// From this share of `connectionsMax` on, idle connections are closed, the longest idle first.
    package var crowdedPercent = 80
    package var streamsMax = 200
    package var bodyBytesMax = 2 << 20
    /// The request line and the header of a request; also the header of its response.
    package var headerBytesMax = 32 << 10

    package init() {}

    /// A chunked body that turns out too long is read and dropped up to this length, so that the client gets to see
    /// its 413; then the connection is broken off.
    var droppedBytesMax: Int { bodyBytesMax * 4 }
    /// Handlers that are at work at once, those included whose client has long got a 503.
    var handlersMax: Int { connectionsMax }
    var crowdedFrom: Int { connectionsMax * crowdedPercent / 100 }
    /// Bytes of a stream that wait for the client; the stream is not read further until it has taken them.
    var streamBytesMax: Int { 64 << 10 }
    /// How often deadlines are looked at: often enough to be late by no more than a tenth of the shortest.
    var watchInterval: Duration {
        let shortest = min(headerDeadline, bodyDeadline, answerDeadline, sendDeadline, idleDeadline, drainIdleDeadline)
        return max(.milliseconds(5), min(.milliseconds(250), shortest / 10))
    }
}

/// Why the server does not start.
package enum ServerError: Error, Hashable, Sendable, CustomStringConvertible {
    case cannotListen(address: String, reason: String)
    case alreadyStarted

    package var description: String {
        switch self {
        case .cannotListen(let address, let reason): "cannot listen on \(address): \(reason)"
        case .alreadyStarted: "the server has been started before"
        }
    }
}
