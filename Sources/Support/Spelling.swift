/// Finds what somebody probably meant to type.
package enum Spelling {
    /// The candidate with the fewest slips of the finger between it and `word`; `nil` when none is near. Of equally
    /// near ones the first. One slip in three letters is near; shorter words have no room for any.
    package static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        let letters = Array(word.lowercased().prefix(lettersMax))
        let slipsMax = letters.count / 3
        var best: (candidate: String, slips: Int)?
        for candidate in candidates {
            let slips = self.slips(letters, Array(candidate.lowercased().prefix(lettersMax)))
            if slips <= slipsMax, slips < best?.slips ?? .max { best = (candidate, slips) }
        }
        return best?.candidate
    }

    private static let lettersMax = 64

    /// Letters left out, added, mistaken or swapped with their neighbour.
    private static func slips(_ left: [Character], _ right: [Character]) -> Int {
        var older: [Int] = []
        var previous = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let same = left[row] == right[column]
                var least = min(previous[column] + (same ? 0 : 1), previous[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    least = min(least, older[column - 1] + 1)
                }
                current.append(least)
            }
            (older, previous) = (previous, current)
        }
        return previous[right.count]
    }
}
