// swift-tools-version: 6.2
import PackageDescription

// The layers of this package, from the bottom up. `ArchitectureTests` compares the imports with this picture:
// a target may use what stands in a lower group, and adapters do not know each other.

let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]
/// For every target that holds no pointers.
let pure = house + [.strictMemorySafety()]

func pureTarget(_ name: String, _ dependencies: [Target.Dependency], excluding folders: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: folders, swiftSettings: pure)
}

func pointerTarget(_ name: String, _ dependencies: [Target.Dependency], excluding folders: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: folders, swiftSettings: house)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["TestSupport", "Support"], swiftSettings: house)
}

let package = Package(
    name: "symflow",
    products: [.executable(name: "symflow", targets: ["App"])],
    targets: [
        // C libraries of the system, imported by one target each.
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CMicroHTTPD", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(name: "CPosix"),

        // Below everything.
        pointerTarget("Support", ["CPosix"]),
        pointerTarget("Crypto", ["CCrypto", "Support"]),

        // Pure: values in, values out.
        pureTarget("HTTPModel", ["Support"]),
        pureTarget("SlackContract", ["Support", "Crypto"]),
        pureTarget("ApprovalCore", ["Support", "Crypto"]),
        pureTarget("AuditTrail", ["Support", "Crypto"]),
        pureTarget("FlowConfig", ["ApprovalCore", "Support", "Crypto"]),

        // Application: ports, use cases, jobs, timers, outbox.
        pureTarget("ApprovalEngine", ["ApprovalCore", "AuditTrail", "FlowConfig", "Support", "Crypto"]),

        // Adapters.
        pointerTarget("StoreSQLite", ["CSQLite", "ApprovalEngine", "ApprovalCore", "AuditTrail", "Support"]),
        pointerTarget("StorePostgres", ["CPostgres", "ApprovalEngine", "ApprovalCore", "AuditTrail", "Support"]),
        pointerTarget("ServerMicroHTTPD", ["CMicroHTTPD", "CPosix", "HTTPModel", "Support"]),
        pointerTarget("TransportCurl", ["CCurl", "HTTPModel", "Support"]),
        pureTarget(
            "Strategies", ["ApprovalEngine", "ApprovalCore", "FlowConfig", "HTTPModel", "Crypto", "Support"]
        ),
        pureTarget(
            "SlackGateway",
            ["ApprovalEngine", "ApprovalCore", "FlowConfig", "SlackContract", "HTTPModel", "Crypto", "Support"]
        ),
        pureTarget(
            "SymAPI",
            ["ApprovalEngine", "ApprovalCore", "AuditTrail", "FlowConfig", "HTTPModel", "Crypto", "Support"]
        ),
        pointerTarget("AdminClient", ["CYAML", "HTTPModel", "FlowConfig", "ApprovalCore", "Crypto", "Support"]),
        pureTarget("SlackEmulator", ["HTTPModel", "Crypto", "Support"], excluding: ["Web"]),
        pointerTarget(
            "HandlersPython",
            ["CPosix", "ApprovalEngine", "ApprovalCore", "FlowConfig", "Support", "Crypto"], excluding: ["Python"]
        ),

        // Wiring and command line.
        .executableTarget(
            name: "App",
            dependencies: [
                "Support", "Crypto", "HTTPModel", "SlackContract", "ApprovalCore", "AuditTrail", "FlowConfig",
                "ApprovalEngine", "StoreSQLite", "StorePostgres", "ServerMicroHTTPD", "TransportCurl", "Strategies",
                "SlackGateway", "SlackEmulator", "SymAPI", "AdminClient", "HandlersPython", "CPosix",
            ],
            swiftSettings: house
        ),

        // Tests.
        .target(
            name: "TestSupport",
            dependencies: [
                "Support", "Crypto", "HTTPModel", "ApprovalCore", "AuditTrail", "FlowConfig", "ApprovalEngine",
            ],
            path: "Tests/TestSupport", swiftSettings: house
        ),
        tests("SupportTests", []),
        tests("CryptoTests", ["Crypto"]),
        tests("HTTPModelTests", ["HTTPModel"]),
        tests("SlackContractTests", ["SlackContract", "Crypto"]),
        tests("ApprovalCoreTests", ["ApprovalCore"]),
        tests("AuditTrailTests", ["AuditTrail", "Crypto"]),
        tests("FlowConfigTests", ["FlowConfig", "ApprovalCore"]),
        tests("ApprovalEngineTests", ["ApprovalEngine", "ApprovalCore", "AuditTrail", "FlowConfig"]),
        tests("SimulationTests", ["ApprovalEngine", "ApprovalCore", "AuditTrail", "FlowConfig"]),
        tests("StoreContractTests", ["StoreSQLite", "StorePostgres", "ApprovalEngine", "ApprovalCore", "AuditTrail"]),
        tests("ServerMicroHTTPDTests", ["ServerMicroHTTPD", "HTTPModel", "CPosix"]),
        tests("TransportCurlTests", ["TransportCurl", "ServerMicroHTTPD", "HTTPModel"]),
        tests(
            "StrategiesTests", ["Strategies", "ApprovalEngine", "ApprovalCore", "FlowConfig", "HTTPModel", "Crypto"]
        ),
        tests(
            "SlackGatewayTests",
            ["SlackGateway", "SlackContract", "ApprovalEngine", "ApprovalCore", "FlowConfig", "HTTPModel", "Crypto"]
        ),
        tests(
            "HandlersPythonTests", ["HandlersPython", "ApprovalEngine", "ApprovalCore", "FlowConfig", "Crypto"]
        ),
        tests(
            "SymAPITests",
            ["SymAPI", "ApprovalEngine", "ApprovalCore", "AuditTrail", "FlowConfig", "HTTPModel", "Crypto"]
        ),
        tests("AdminClientTests", ["AdminClient", "HTTPModel", "FlowConfig", "ApprovalCore", "Crypto"]),
        tests("SlackEmulatorTests", ["SlackEmulator", "HTTPModel", "Crypto"]),
        tests(
            "ScenarioTests",
            ["App", "SlackEmulator", "HTTPModel", "TransportCurl", "ServerMicroHTTPD", "Crypto", "CPosix"]
        ),
        tests("ArchitectureTests", []),
    ],
    swiftLanguageModes: [.v6]
)
