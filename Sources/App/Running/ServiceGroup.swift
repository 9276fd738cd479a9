import Support

/// Runs services together. The first to fail, or the request to stop, ends them, phase by phase: what takes work in
/// stops first, and what carries it out drains after it.
enum ServiceGroup {
    static func run(_ phases: [[any Service]], until stops: AsyncStream<Void>, log: Log) async throws {
        let (ended, end) = AsyncStream<String?>.makeStream()
        // Not child tasks: they are cancelled in phases, and each is awaited below.
        let tasks = phases.map { services in
            services.map { service in
                Task {
                    do { try await service.run() } catch is CancellationError {} catch {
                        log.error("a part of the program failed", ["service": service.name, "error": "\(error)"])
                    }
                    end.yield(service.name)
                }
            }
        }
        let watcher = Task {
            for await _ in stops { break }
            end.yield(nil)
        }
        var failed: String?
        for await name in ended {
            failed = name
            break
        }
        watcher.cancel()
        if let failed { log.error("stopping, because a part of the program ended", ["service": failed]) }
        log.info("stopping")
        for phase in tasks {
            for task in phase { task.cancel() }
            for task in phase { await task.value }
        }
        if let failed { throw CommandError("symflow stopped because its part \"\(failed)\" ended; see the log.") }
    }
}
