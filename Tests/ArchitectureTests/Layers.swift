import Testing

@Suite struct `Layers` {
    private let manifest: Manifest

    init() throws { manifest = Manifest(try Repository.text(of: "Package.swift")) }

    @Test func `arrows point down only, and a C library has one home`() throws {
        expectNone(LayerRules.imports(of: try Repository.swiftFiles(below: "Sources"), in: manifest))
    }

    @Test(arguments: ["Sources", "Tests"]) func `what is imported is declared`(folder: String) throws {
        expectNone(LayerRules.undeclaredImports(of: try Repository.swiftFiles(below: folder), in: manifest))
    }

    @Test func `what is declared follows the picture, too`() throws {
        expectNone(LayerRules.dependencies(in: manifest, of: try Repository.targets(below: "Sources")))
    }

    @Test func `the manifest declares the folders there are, and no others`() throws {
        let folders = try Repository.targets(below: "Sources").union(Repository.targets(below: "Tests"))
        #expect(Set(manifest.targets.keys) == folders)
    }

    @Test func `every target under Sources stands in the picture once`() throws {
        for target in try Repository.targets(below: "Sources").sorted() {
            #expect(LayerPicture.layers.values.count { $0.contains(target) } == 1, "\(target)")
        }
    }
}

@Suite struct `The layer rules find what is planted` {
    private let manifest = Manifest(
        """
        func pureTarget(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
            .target(name: name, dependencies: dependencies, swiftSettings: pure)
        }
        let package = Package(
            targets: [
                .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
                .target(name: "CPosix"),
                // pureTarget("Ghost", []),
                pointerTarget("Support", ["CPosix"]),
                pureTarget("ApprovalCore", ["Support", "SlackGateway"]),
                pureTarget(
                    "SlackGateway",
                    ["ApprovalCore", "Support"]
                ),
                pureTarget("Strategies", []),
                .executableTarget(
                    name: "App",
                    dependencies: [
                        "Support", "Strategies",
                    ],
                    swiftSettings: house
                ),
                .target(name: "TestSupport", dependencies: ["Support"], path: "Tests/TestSupport"),
                tests("SupportTests", ["App"]),
            ]
        )
        """)

    @Test func `the manifest's declarations in all their shapes`() throws {
        #expect(
            manifest.targets.mapValues(\.dependencies) == [
                "CSQLite": [], "CPosix": [], "Support": ["CPosix"], "ApprovalCore": ["Support", "SlackGateway"],
                "SlackGateway": ["ApprovalCore", "Support"], "Strategies": [], "App": ["Support", "Strategies"],
                "TestSupport": ["Support"], "SupportTests": ["App", "TestSupport", "Support"],
            ])
        #expect(manifest.targets["SlackGateway"]?.line == 11)
        #expect(manifest.targets.values.filter(\.isTest).map(\.name) == ["SupportTests"])
    }

    @Test(arguments: [
        ("ApprovalCore", "import ApprovalEngine", nil as String?),
        ("ApprovalCore", "package import SlackGateway", "arrows point down only"),
        ("SlackGateway", "import Strategies", "adapters do not know each other"),
        ("SlackGateway", "@preconcurrency import CSQLite", "whose home is StoreSQLite"),
        ("ApprovalCore", "import CPosix", "whose home is"),
        ("ApprovalCore", "import struct Dispatch.DispatchTime", "open to its layer"),
        ("Support", "import Foundation", "open to its layer"),
        ("Newcomer", "import Support", "does not stand in the picture"),
    ])
    func `an import against the picture`(target: String, line: String, expected: String?) throws {
        let source = SourceText(path: "Sources/\(target)/File.swift", text: "// why\n\(line)\n")
        let found = LayerRules.imports(of: [source], in: manifest)
        // A module that is neither a target nor known to the system is named as well.
        let says = try #require(found.first?.says)
        #expect(says.contains(expected ?? "neither a target"))
        #expect(found.count == 1)
        #expect(found.first?.description.hasPrefix("Sources/\(target)/File.swift:2: ") == true)
    }

    @Test(arguments: [
        ("SlackGateway", "import ApprovalCore"), ("Support", "import CPosix"), ("Support", "import Dispatch"),
        ("FlowConfig", "import ApprovalCore"), ("App", "import SlackGateway"),
        ("ApprovalCore", "// import SlackGateway"), ("ApprovalCore", #"let text = "import SlackGateway""#),
    ])
    func `nothing where nothing is wrong`(target: String, line: String) {
        let source = SourceText(path: "Sources/\(target)/File.swift", text: line)
        #expect(LayerRules.imports(of: [source], in: manifest) == [])
    }

    @Test func `an import that the manifest does not declare`() {
        let source = SourceText(path: "Sources/App/Main.swift", text: "import Support\nimport SlackGateway\n")
        let found = LayerRules.undeclaredImports(of: [source], in: manifest)
        #expect(found.map(\.line) == [2])
        #expect(found.first?.says.contains("App imports SlackGateway") == true)
    }

    @Test func `a declared dependency that points up`() {
        let found = LayerRules.dependencies(in: manifest, of: ["ApprovalCore", "SlackGateway"])
        #expect(found.map(\.line) == [10])
        #expect(found.first?.says.contains("ApprovalCore (pure) uses SlackGateway (adapter)") == true)
    }
}
