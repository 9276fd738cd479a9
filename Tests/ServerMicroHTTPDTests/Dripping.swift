import Glibc
import Support

/// Sends one byte every 20 ms, for as long as they are taken.
struct Dripping: Sendable {
    var client: RawClient
    var bytes: [UInt8]

    func start() {
        PosixThread.start { [self] in
            for byte in bytes {
                guard client.send([byte]) else { return }
                usleep(20_000)
            }
        }
    }
}
