import Glibc

/// A thread of our own, for loops that wait inside a C library and must not take a thread from the tasks.
package enum PosixThread {
    /// Starts a detached thread. It ends when `body` returns; whoever starts it arranges to be told.
    package static func start(_ body: @escaping @Sendable () -> Void) {
        let context = Unmanaged.passRetained(Start(body)).toOpaque()
        var thread = pthread_t()
        let failure = pthread_create(&thread, nil, runPosixThread, context)
        precondition(failure == 0, "the system starts no more threads")
        pthread_detach(thread)
    }

    fileprivate final class Start: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}

// At file scope: a closure formed inside an isolated context would trap on a foreign thread.
private func runPosixThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<PosixThread.Start>.fromOpaque(context).takeRetainedValue().body()
    return nil
}
