package import HTTPModel
import Support
import Synchronization

/// Sends requests with libcurl: many at once, over connections that are kept, driven by one thread.
///
/// Exactly what was asked, once: no redirects, no decompression, no cookies, no second attempt at a request that may
/// have arrived.
package final class CurlTransport: HTTPTransport {
    private let driver: Driver
    private let numbers = Atomic<UInt64>(0)

    package init(settings: TransportSettings = TransportSettings()) {
        driver = Driver(settings: settings)
        let driver = driver
        PosixThread.start { driver.run() }
    }

    deinit { driver.shutdown() }

    /// Ends what is under way, with `.interrupted`, and refuses what comes later, with `.unreachable`.
    package func shutdown() { driver.shutdown() }

    package func send(
        _ request: HTTPRequest, within timeout: Duration, bodyBytesMax: Int
    ) async throws(TransportError) -> HTTPResponse {
        guard !Task.isCancelled else { throw .cancelled }
        let number = numbers.add(1, ordering: .relaxed).newValue
        let driver = driver
        let result: Result<HTTPResponse, TransportError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                driver.enqueue(
                    Order(
                        number: number, request: request, timeout: timeout, bodyBytesMax: bodyBytesMax,
                        continuation: continuation
                    )
                )
                // A cancellation that came before the order found nothing to cancel.
                if Task.isCancelled { driver.cancel(number) }
            }
        } onCancel: {
            driver.cancel(number)
        }
        return try result.get()
    }
}

/// A request on its way to the driver.
struct Order: Sendable {
    let number: UInt64
    let request: HTTPRequest
    let timeout: Duration
    let bodyBytesMax: Int
    let continuation: CheckedContinuation<Result<HTTPResponse, TransportError>, Never>
}
