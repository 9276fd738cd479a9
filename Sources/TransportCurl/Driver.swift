import CCurl
import HTTPModel
import Support
import Synchronization

/// The one thread that touches libcurl, and the mailbox through which it is told what to do.
final class Driver: Sendable {
    private struct Mailbox {
        var orders: [Order] = []
        var cancelled: [UInt64] = []
        var isStopping = false
        /// Takes wake-ups; gone when the driver has ended.
        var multi: Multi?
    }

    private struct Multi: @unchecked Sendable {
        // Invariant: other threads call `curl_multi_wakeup` only, the one function that is safe to call from anywhere,
        // and only under the mailbox's lock, under which the pointer is also withdrawn before it is freed.
        let pointer: OpaquePointer
        func wake() { curl_multi_wakeup(UnsafeMutableRawPointer(pointer)) }
    }

    private let settings: TransportSettings
    private let mailbox = Mutex(Mailbox())

    init(settings: TransportSettings) { self.settings = settings }

    func enqueue(_ order: Order) {
        let isAccepted = mailbox.withLock { mailbox in
            guard !mailbox.isStopping else { return false }
            mailbox.orders.append(order)
            mailbox.multi?.wake()
            return true
        }
        if !isAccepted { order.continuation.resume(returning: .failure(.unreachable(reason: Self.isShutDown))) }
    }

    /// Ends an order, wherever it is; nothing happens when it has ended.
    func cancel(_ number: UInt64) {
        mailbox.withLock { mailbox in
            guard !mailbox.isStopping else { return }
            mailbox.cancelled.append(number)
            mailbox.multi?.wake()
        }
    }

    func shutdown() {
        mailbox.withLock { mailbox in
            mailbox.isStopping = true
            mailbox.multi?.wake()
        }
    }

    private static let isShutDown = "the transport has been shut down"
    /// Nothing but a wake-up or a socket has to end the wait; libcurl's own time-outs shorten it.
    private static let pollMilliseconds: Int32 = 60_000

    // MARK: The thread

    func run() {
        _ = Self.library
        guard let multi = curl_multi_init() else { preconditionFailure("libcurl does not start") }
        _ = curl_door_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, settings.connectionsPerHostMax)
        _ = curl_door_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, settings.connectionsMax)
        _ = curl_door_multi_set_long(multi, CURLMOPT_MAXCONNECTS, settings.idleConnectionsMax)
        mailbox.withLock { $0.multi = Multi(pointer: OpaquePointer(multi)) }

        var running: [UInt64: Transfer] = [:]
        var spare: [EasyHandle] = []
        while true {
            let (orders, cancelled, isStopping) = mailbox.withLock { mailbox in
                defer {
                    mailbox.orders = []
                    mailbox.cancelled = []
                }
                return (mailbox.orders, mailbox.cancelled, mailbox.isStopping)
            }
            if isStopping {
                for order in orders {
                    order.continuation.resume(returning: .failure(.unreachable(reason: Self.isShutDown)))
                }
                break
            }
            for order in orders {
                let transfer = Transfer(order: order, easy: spare.popLast() ?? EasyHandle(), settings: settings)
                do {
                    try transfer.prepare()
                    curl_multi_add_handle(multi, transfer.easy.pointer)
                    running[order.number] = transfer
                } catch {
                    order.continuation.resume(returning: .failure(error))
                }
            }
            for number in cancelled {
                guard let transfer = running.removeValue(forKey: number) else { continue }
                curl_multi_remove_handle(multi, transfer.easy.pointer)
                transfer.order.continuation.resume(returning: .failure(.cancelled))
            }
            var active: Int32 = 0
            curl_multi_perform(multi, &active)
            var result = CURLE_OK
            while let ended = curl_door_next_ended(multi, &result) {
                curl_multi_remove_handle(multi, ended)
                guard let context = curl_door_get_private(ended) else { continue }
                let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
                running[transfer.order.number] = nil
                transfer.order.continuation.resume(returning: transfer.outcome(result))
                if spare.count < settings.connectionsPerHostMax { spare.append(transfer.easy) }
            }
            curl_multi_poll(multi, nil, 0, Self.pollMilliseconds, nil)
        }
        for transfer in running.values {
            curl_multi_remove_handle(multi, transfer.easy.pointer)
            transfer.order.continuation.resume(returning: .failure(.interrupted(reason: Self.isShutDown)))
        }
        running = [:]
        spare = []
        mailbox.withLock { $0.multi = nil }
        curl_multi_cleanup(multi)
    }

    /// Initialised once, before the first handle.
    private static let library: Void = {
        guard curl_global_init(curl_door_global_all) == CURLE_OK else { preconditionFailure("libcurl does not start") }
    }()
}
