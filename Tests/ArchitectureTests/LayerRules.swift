/// The rules about who may use whom, each a function from what is written to what is wrong with it.
enum LayerRules {
    /// Imports of a target that the picture does not allow.
    static func imports(of sources: [SourceText], in manifest: Manifest) -> [Violation] {
        sources.flatMap { source in
            source.imports.compactMap { module, line in
                let says =
                    manifest.targets[module] != nil
                    ? LayerPicture.objection(to: source.target, using: module)
                    : foreignObjection(to: source.target, using: module)
                return says.map { Violation(path: source.path, line: line, says: $0) }
            }
        }
    }

    private static func foreignObjection(to target: String, using module: String) -> String? {
        guard let layer = LayerPicture.layer(of: target) else { return "\(target) does not stand in the picture" }
        if LayerPicture.systemModules(for: layer).contains(module) { return nil }
        return "\(target) (\(layer)) imports \(module), which is neither a target nor open to its layer"
    }

    /// Imports of this package's targets that `Package.swift` does not declare: they build as long as something else
    /// happens to link the module.
    static func undeclaredImports(of sources: [SourceText], in manifest: Manifest) -> [Violation] {
        sources.flatMap { source in
            let declared = manifest.targets[source.target]?.dependencies ?? []
            return source.imports.compactMap { module, line -> Violation? in
                guard manifest.targets[module] != nil, !declared.contains(module) else { return nil }
                let says = "\(source.target) imports \(module), which Package.swift does not declare as its dependency"
                return Violation(path: source.path, line: line, says: says)
            }
        }
    }

    /// Declared dependencies that the picture does not allow, whether used or not.
    static func dependencies(in manifest: Manifest, of names: Set<String>) -> [Violation] {
        manifest.targets.values.filter { names.contains($0.name) }.sorted { $0.line < $1.line }.flatMap { target in
            target.dependencies.sorted().compactMap { module in
                LayerPicture.objection(to: target.name, using: module).map {
                    Violation(path: "Package.swift", line: target.line, says: $0)
                }
            }
        }
    }
}
