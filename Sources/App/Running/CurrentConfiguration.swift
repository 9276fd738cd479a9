import ApprovalEngine
import FlowConfig
import Support
import Synchronization

/// The configuration as it is now: the folder's, whose changes take effect all or nothing (interface.md 6), joined with
/// what came through the API, of which each part stands for itself.
///
/// What another replica saved is noticed before it can matter: at the start of a request when the last look is older
/// than `ageMax`, and right before an effect in any case.
final class CurrentConfiguration: Sendable {
    private struct State {
        var folder: FolderConfiguration
        var entities: [Entity] = []
        /// Of the entities in the store when these were read.
        var generation: Int64 = -1
        var joined: Configuration
        var lookedAt: MonotonicInstant?
    }

    private let path: ConfigFolder
    private let zones: TimeZones
    private let log: Log
    private let store: any DocumentStore
    private let state: Mutex<State>

    /// How old what a request goes by may be.
    static let ageMax: Duration = .seconds(1)

    /// - Throws: `CommandError` with every problem of the folder.
    init(folder: ConfigFolder, zones: TimeZones, store: any DocumentStore, log: Log) throws {
        path = folder
        self.zones = zones
        self.log = log
        self.store = store
        let loaded = try Self.load(folder, zones, log)
        state = Mutex(State(folder: loaded, joined: loaded.configuration))
    }

    var value: Configuration { state.withLock { $0.joined } }
    /// Without what came through the API.
    var folder: Configuration { state.withLock { $0.folder.configuration } }

    // MARK: The API's part

    /// Reads for the first time what came through the API.
    ///
    /// - Throws: `CommandError` when a name is defined in the folder as well.
    func open() async throws {
        do { try await look() } catch {
            throw CommandError("The resources that came through the API cannot be read: \(error)")
        }
        let (folder, entities) = state.withLock { ($0.folder, $0.entities) }
        try Self.refuseClashes(entities, folder)
    }

    /// Looks whether something came through the API, here or on another replica. While the store does not answer, what
    /// is known counts.
    func refresh() async {
        do { try await look() } catch {
            log.warning("the resources of the API could not be read", ["error": "\(error)"])
        }
    }

    /// As `refresh`, unless somebody has looked just now.
    func refreshIfOld() async {
        let now = MonotonicInstant.now()
        let isMine = state.withLock { state in
            if let last = state.lookedAt, now - last < Self.ageMax { return false }
            // Whoever comes while we look goes by what there is.
            state.lookedAt = now
            return true
        }
        if isMine { await refresh() }
    }

    private func look() async throws(StoreError) {
        let began = MonotonicInstant.now()
        // Read first: what is saved in between is found by the next look.
        let generation = try await store.generation(of: .entity)
        let isNew = state.withLock { state in
            state.lookedAt = began
            return generation > state.generation
        }
        guard isNew else { return }
        join(try await store.entities(), generation)
    }

    private func join(_ entities: [Entity], _ generation: Int64) {
        var folder = state.withLock { $0.folder }
        while true {
            let joined = loader.join(entities, to: folder)
            var before: Configuration?
            let other: FolderConfiguration? = state.withLock { state in
                guard generation > state.generation else { return nil }
                guard state.folder.configuration == folder.configuration else { return state.folder }
                before = state.joined
                state.entities = entities
                state.generation = generation
                state.joined = joined
                return nil
            }
            if let before { report(joined, before) }
            // The folder was loaded again in the meantime.
            guard let other else { return }
            folder = other
        }
    }

    private func report(_ joined: Configuration, _ before: Configuration) {
        for flow in joined.brokenFlows where !before.brokenFlows.contains(flow) {
            log.error(
                "a flow that came through the API cannot run",
                ["flow": flow.name, "error": flow.problems.map(\.description).joined(separator: " ")]
            )
        }
        if !joined.entityProblems.isEmpty || joined.flows != before.flows {
            log.info(
                "what came through the API counts",
                ["flows": "\(joined.flows.count)", "broken": "\(joined.brokenFlows.count)"]
            )
        }
    }

    // MARK: The folder's part

    /// Reads the folder again. What is wrong with it is logged, and the configuration stays as it was.
    func reload() async {
        await refresh()
        do {
            let loaded = try Self.load(path, zones, log)
            let joined = try take(loaded)
            log.info("the configuration was loaded again", ["flows": "\(joined.flows.count)"])
        } catch let error as CommandError {
            log.error("the configuration was not changed", ["error": error.message])
        } catch {
            log.error("the configuration was not changed", ["error": "\(error)"])
        }
    }

    private func take(_ folder: FolderConfiguration) throws -> Configuration {
        while true {
            let (entities, generation) = state.withLock { ($0.entities, $0.generation) }
            try Self.refuseClashes(entities, folder)
            let joined = loader.join(entities, to: folder)
            let isTaken = state.withLock { state in
                guard state.generation == generation else { return false }
                state.folder = folder
                state.joined = joined
                return true
            }
            if isTaken { return joined }
        }
    }

    private var loader: ConfigurationLoader { path.loader(zones: zones) }

    private static func refuseClashes(_ entities: [Entity], _ folder: FolderConfiguration) throws {
        let clashes = entities.compactMap { entity in
            folder.configuration.owner(of: entity.uniqueName)?.place.map { place in
                "  \(place): \(entity.title) came through the API as well, with the id \(entity.id)."
            }
        }
        guard !clashes.isEmpty else { return }
        throw CommandError(
            "A name has one owner, the configuration folder or the API. Rename one of the two, or delete it:\n"
                + clashes.joined(separator: "\n")
        )
    }

    private static func load(_ folder: ConfigFolder, _ zones: TimeZones, _ log: Log) throws -> FolderConfiguration {
        let result = try folder.load(zones: zones)
        for warning in result.warnings { log.warning("configuration", ["problem": "\(warning)"]) }
        if let loaded = result.folder { return loaded }
        let problems = result.problems
        throw CommandError(
            "The configuration in \(folder.path) has \(problems.count) problem\(problems.count == 1 ? "" : "s"):\n"
                + problems.map { "  \($0)" }.joined(separator: "\n")
        )
    }
}
