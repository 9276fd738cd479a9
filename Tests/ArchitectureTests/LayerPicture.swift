/// The layers, from the bottom up. A target uses what stands in a lower one.
enum LayerPicture {
    enum Layer: Int, Comparable {
        case systemLibrary, ground, pure, application, adapter, wiring

        static func < (left: Layer, right: Layer) -> Bool { left.rawValue < right.rawValue }
    }

    static let layers: [Layer: Set<String>] = [
        .systemLibrary: ["CSQLite", "CPostgres", "CCurl", "CMicroHTTPD", "CCrypto", "CPosix", "CYAML"],
        .ground: ["Support", "Crypto"],
        .pure: ["ApprovalCore", "FlowConfig", "AuditTrail", "SlackContract", "HTTPModel"],
        .application: ["ApprovalEngine"],
        .adapter: [
            "SlackGateway", "SymAPI", "AdminClient", "SlackEmulator", "HandlersPython", "Strategies", "AuditExport",
            "StoreSQLite", "StorePostgres", "ServerMicroHTTPD", "TransportCurl",
        ],
        .wiring: ["App"],
    ]

    /// The arrows within a layer, each for a reason: sealing secrets needs the ground's values, and a flow file is
    /// read into the core's types.
    static let sideways: [String: Set<String>] = ["Crypto": ["Support"], "FlowConfig": ["ApprovalCore"]]

    /// Where the pointers of a C library live. `CPosix` hands out none, and is open to whoever talks to the system.
    static let homes: [String: Set<String>] = [
        "CSQLite": ["StoreSQLite"],
        "CPostgres": ["StorePostgres"],
        "CCurl": ["TransportCurl"],
        "CMicroHTTPD": ["ServerMicroHTTPD"],
        "CCrypto": ["Crypto"],
        "CYAML": ["AdminClient"],
        "CPosix": ["Support", "ServerMicroHTTPD", "HandlersPython", "App"],
    ]

    /// What a layer may import from outside the package. A value that is decided on reads no clock, file or socket.
    static func systemModules(for layer: Layer) -> Set<String> {
        switch layer {
        case .systemLibrary: []
        case .pure: ["FoundationEssentials"]
        case .application: ["FoundationEssentials", "Synchronization"]
        case .ground, .adapter, .wiring: ["FoundationEssentials", "Synchronization", "Dispatch", "Glibc"]
        }
    }

    static func layer(of target: String) -> Layer? { layers.first { $0.value.contains(target) }?.key }

    /// Why `target` must not use `module`, another target of this package; nil when it may.
    static func objection(to target: String, using module: String) -> String? {
        guard let upper = layer(of: target) else { return "\(target) does not stand in the picture of the layers" }
        guard let lower = layer(of: module) else { return "\(module) does not stand in the picture of the layers" }
        if lower == .systemLibrary {
            let home = homes[module, default: []]
            return home.contains(target)
                ? nil : "\(target) uses \(module), whose home is \(home.sorted().joined(separator: ", "))"
        }
        if lower < upper || sideways[target, default: []].contains(module) { return nil }
        if lower == upper, upper == .adapter { return "\(target) uses \(module): adapters do not know each other" }
        return "\(target) (\(upper)) uses \(module) (\(lower)): arrows point down only"
    }
}
