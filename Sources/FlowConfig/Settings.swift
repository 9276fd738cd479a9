package import Support

/// The tunables of one installation, under `settings` in its configuration. All have defaults; an unknown key is a
/// problem.
package struct Settings: Hashable, Sendable {
    /// `duration_choices`: what a `duration` field offers that has no `allowed_values`, in seconds.
    package var durationChoicesSeconds: [Int] = [1800, 3600, 4 * 3600, 8 * 3600, 24 * 3600]
    /// `duration_default`: how long access lasts in seconds when the request does not say, because the flow has no
    /// `duration` field or it was left empty.
    package var durationDefaultSeconds = 3600
    /// `http`: how the `http` strategy calls target systems.
    package var http = HTTPSettings()
    /// `handlers`: how flows' handlers are waited for.
    package var handlers = HandlerSettings()
    /// `python`: how handlers in Python run.
    package var python = PythonSettings()
    /// `api`: how often the API may be called.
    package var api = APISettings()
    /// `trusted_proxies`: addresses and ranges (`10.0.0.0/8`, `::1`) whose `X-Forwarded-For` is believed
    /// (decisions.md 12).
    package var trustedProxies: [AddressRange] = []

    package init() {}

    /// No single call to something outside may take longer: whoever holds an outbox entry holds it for a known time.
    package static let timeoutSecondsMax = 60

    package struct HTTPSettings: Hashable, Sendable {
        /// `timeout`: one attempt, in seconds; a strategy can have its own.
        package var timeoutSeconds = 10
        /// `attempts`: how often a grant is tried while it certainly did not reach the target. Removals are tried for
        /// ever.
        package var attempts = 5

        package init() {}
    }

    package struct HandlerSettings: Hashable, Sendable {
        /// `timeout`: one call of a hook or reducer, in seconds.
        package var timeoutSeconds = 10
        /// `form_timeout`: what a person with an open form waits for, in seconds: `on_change`, the flows filter.
        package var formTimeoutSeconds = 3

        package init() {}
    }

    package struct APISettings: Hashable, Sendable {
        /// `calls_per_second`: of one token, in the long run.
        package var callsPerSecond = 100
        /// `calls_at_once`: of one token that was not used for a while.
        package var callsAtOnce = 1000

        package init() {}
    }

    package struct PythonSettings: Hashable, Sendable {
        package enum Sandbox: String, Hashable, Sendable, CaseIterable {
            /// Own namespaces, read-only system, private `/tmp` (decisions.md 13).
            case bubblewrap
            /// The server's own user and file system.
            case none
        }

        /// `sandbox`: what stands between handlers and the machine.
        package var sandbox = Sandbox.bubblewrap
        /// `workers`: at most so many processes at once; without it, by the number of processors. Read at the start.
        package var workers: Int?

        package static let workersMax = 256

        package init() {}
    }
}

extension ConfigReader {
    func settings(_ node: ConfigNode) -> Settings {
        var settings = Settings()
        guard var reader = ObjectReader(node, report) else { return settings }
        if let choices = reader.optional("duration_choices").flatMap(report.filledArray) {
            settings.durationChoicesSeconds = choices.compactMap { report.seconds($0).map(Int.init) }
        }
        if let seconds = reader.optional("duration_default").flatMap({ report.seconds($0) }) {
            settings.durationDefaultSeconds = Int(seconds)
        }
        section("http", of: &reader) { section in
            if let seconds = section.optional("timeout").flatMap({ report.seconds($0, Self.timeoutSeconds) }) {
                settings.http.timeoutSeconds = Int(seconds)
            }
            if let attempts = section.optional("attempts").flatMap({ report.int($0, 1...20) }) {
                settings.http.attempts = Int(attempts)
            }
        }
        section("handlers", of: &reader) { section in
            if let seconds = section.optional("timeout").flatMap({ report.seconds($0, Self.timeoutSeconds) }) {
                settings.handlers.timeoutSeconds = Int(seconds)
            }
            if let seconds = section.optional("form_timeout").flatMap({ report.seconds($0, Self.formTimeoutSeconds) }) {
                settings.handlers.formTimeoutSeconds = Int(seconds)
            }
        }
        section("api", of: &reader) { section in
            if let calls = section.optional("calls_per_second").flatMap({ report.int($0, 1...1_000_000) }) {
                settings.api.callsPerSecond = Int(calls)
            }
            if let calls = section.optional("calls_at_once").flatMap({ report.int($0, 1...1_000_000) }) {
                settings.api.callsAtOnce = Int(calls)
            }
        }
        section("python", of: &reader) { section in
            if let sandbox = section.optional("sandbox").flatMap({
                report.choice($0, of: Settings.PythonSettings.Sandbox.self)
            }) {
                settings.python.sandbox = sandbox
            }
            if let workers = section.optional("workers").flatMap({
                report.int($0, 1...Int64(Settings.PythonSettings.workersMax))
            }) {
                settings.python.workers = Int(workers)
            }
        }
        for element in reader.optional("trusted_proxies").flatMap(report.array) ?? [] {
            if let range = element.value.text.flatMap(AddressRange.init) {
                settings.trustedProxies.append(range)
            } else {
                report.problem(element, expected: "an IP address, or a range such as \"10.0.0.0/8\"")
            }
        }
        reader.finish()
        return settings
    }

    /// One attempt to reach something outside.
    static let formTimeoutSeconds: ClosedRange<Int64> = 1...30
    static let timeoutSeconds: ClosedRange<Int64> = 1...Int64(Settings.timeoutSecondsMax)

    private func section(_ name: String, of reader: inout ObjectReader, read: (inout ObjectReader) -> Void) {
        guard let node = reader.optional(name), var section = ObjectReader(node, report) else { return }
        read(&section)
        section.finish()
    }
}
