import CPosix
import Synchronization

/// Writes JSON lines to standard error: a sentence, and fields with fixed names (`request`, `flow`, `person`,
/// `attempt`, `error`). Secrets have no way in: a field is text or a number, and `Secret` prints as `<secret>`.
package struct Log: Sendable {
    /// *error*: someone must act. *warning*: we are coping. *info*: a fact was recorded. *debug*: everything else.
    package enum Level: Int, Sendable, Comparable, CaseIterable {
        case error, warning, info, debug

        package var name: String {
            switch self {
            case .error: "error"
            case .warning: "warning"
            case .info: "info"
            case .debug: "debug"
            }
        }

        package init?(name: String) {
            guard let level = Self.allCases.first(where: { $0.name == name }) else { return nil }
            self = level
        }

        package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    private let threshold: Level
    private let clock: WallClock
    private let write: @Sendable (String) -> Void

    /// - Parameter write: takes one line without its line end. The default writes to standard error.
    package init(
        threshold: Level, clock: WallClock = .system, write: @escaping @Sendable (String) -> Void = Log.standardError
    ) {
        self.threshold = threshold
        self.clock = clock
        self.write = write
    }

    /// Says nothing.
    package static let silent = Log(threshold: .error, write: { _ in })

    package func error(_ sentence: String, _ fields: KeyValuePairs<String, String> = [:]) {
        log(.error, sentence, fields)
    }
    package func warning(_ sentence: String, _ fields: KeyValuePairs<String, String> = [:]) {
        log(.warning, sentence, fields)
    }
    package func info(
        _ sentence: @autoclosure () -> String,
        _ fields: @autoclosure () -> KeyValuePairs<String, String> = [:]
    ) {
        if threshold >= .info { log(.info, sentence(), fields()) }
    }
    package func debug(
        _ sentence: @autoclosure () -> String,
        _ fields: @autoclosure () -> KeyValuePairs<String, String> = [:]
    ) {
        if threshold >= .debug { log(.debug, sentence(), fields()) }
    }

    private func log(_ level: Level, _ sentence: String, _ fields: KeyValuePairs<String, String>) {
        guard level <= threshold else { return }
        var line = "{\"at\":\"\(clock.now())\",\"level\":\"\(level.name)\",\"message\":"
        JSONValue.appendQuoted(sentence, to: &line)
        for (name, value) in fields {
            line += ","
            JSONValue.appendQuoted(name, to: &line)
            line += ":"
            JSONValue.appendQuoted(value, to: &line)
        }
        line += "}"
        write(line)
    }

    private static let lock = Mutex<Void>(())

    package static let standardError: @Sendable (String) -> Void = { line in
        var text = line
        text += "\n"
        text.withUTF8 { bytes in
            lock.withLock { _ in _ = cposix_write_all(2, bytes.baseAddress, bytes.count) }
        }
    }
}
