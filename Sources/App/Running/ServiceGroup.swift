import Support

/// Runs services together: the first to fail, or the request to stop, cancels the rest, and they drain.
enum ServiceGroup {
    static func run(_ services: [any Service], until stops: AsyncStream<Void>, log: Log) async throws {
        try await withThrowingTaskGroup(of: String?.self) { group in
            for service in services {
                group.addTask {
                    try await service.run()
                    return service.name
                }
            }
            group.addTask {
                for await _ in stops { return nil }
                return nil
            }
            defer { group.cancelAll() }
            // The first to return is the request to stop, or a service that had no reason to.
            if let first = try await group.next(), let name = first, !Task.isCancelled {
                log.error("a part of the program stopped", ["service": name])
            } else {
                log.info("stopping")
            }
            group.cancelAll()
            while let next = await group.nextResult() {
                if case .failure(let error) = next, !(error is CancellationError) {
                    log.error("a part of the program failed while stopping", ["error": "\(error)"])
                }
            }
        }
    }
}
