/// Judging a sentence by the words in it, where no template fits.
package enum InstructionCues {
  /// The task that the words speak for; nil when none clearly does.
  package static func task(of words: InstructionWords) -> TaskKind? {
    var scores: [TaskKind: Int] = [:]
    for index in 0..<words.count {
      // A white cat is no white mask.
      if describesThing(index, in: words) { continue }
      for (task, weight) in weights[words.canonical(index)] ?? [] {
        scores[task, default: 0] += weight
      }
      let pair = words.canonical(index) + " " + words.canonical(index + 1)
      for (task, weight) in pairWeights[pair] ?? [] {
        scores[task, default: 0] += weight
      }
    }
    let answers = colors(in: words)
    let areBothForSomething =
      answers.places.count == 2
      && answers.places.allSatisfy { words.canonical($0.upperBound) == "for" }
    // "White for the dog, black for the rest" may describe a mask as well.
    let isWeaklyConditional = areBothForSomething || contains(weakConditionals, words)
    if !answers.places.isEmpty,
      isConditional(words) || isWeaklyConditional && scores[.segmentation, default: 0] < 2
    {
      scores[.classification, default: 0] += answers.places.count > 1 ? 9 : 6
    }
    let ranked = TaskKind.allCases.map { (task: $0, score: scores[$0] ?? 0) }
      .sorted { $0.score > $1.score }
    guard ranked[0].score >= 2, ranked[0].score > ranked[1].score else { return nil }
    return ranked[0].task
  }

  /// Whether something is made to depend on something.
  private static func isConditional(_ words: InstructionWords) -> Bool {
    for index in 0..<words.count {
      let word = words.canonical(index)
      if conditionals.contains(word) { return true }
      let before = words.canonical(index - 1)
      if word == "else", !["everything", "anything", "every", "everywhere"].contains(before) {
        return true
      }
      if isCase(index, in: words) { return true }
      if word == "there", before == "is" || before == "are" { return true }
      // But not "where there is a dog", which asks for a mask.
      if word == "is" || word == "are", before == "there",
        !["where", "wherever"].contains(words.canonical(index - 2))
      {
        return true
      }
      if word == "does", index == 0 { return true }
    }
    return false
  }

  static let conditionals: Set<String> = [
    "if", "when", "whenever", "unless", "whether", "provided", "otherwise", "yes", "should", "once",
    "assuming", "contains", "absence", "absent", "nobody",
  ]
  private static let weakConditionals: Set<String> = [
    "means", "mean", "without", "success", "depending",
  ]

  private static func contains(_ set: Set<String>, _ words: InstructionWords) -> Bool {
    (0..<words.count).contains { set.contains(words.canonical($0)) }
  }

  private typealias Weights = [(TaskKind, Int)]

  private static let weights: [String: Weights] = {
    var table: [String: Weights] = [:]
    func add(_ task: TaskKind, _ weight: Int, _ words: String) {
      for word in words.split(separator: " ") {
        table[String(word), default: []].append((task, weight))
      }
    }
    add(.segmentation, 5, "segment segments segmented segmentation")
    add(
      .segmentation, 4, "mask masks masking silhouette silhouettes stencil stencils cutout cutouts")
    add(.segmentation, 3, "isolate isolates matte delineate carve whiten pixel-wise")
    add(
      .segmentation, 2,
      "except pixel pixels separate extract foreground contour contours trace partition divide "
        + "split "
        + "subdivide cut dissect")
    add(
      .segmentation, 1,
      "background region regions covered shape shapes white black outline apart binary parts "
        + "highlight "
        + "mark individual pieces sections area")
    add(.detection, 5, "detect detects detected detection detections detector")
    add(.detection, 4, "locate locates located localize localized")
    add(
      .detection, 3,
      "box boxes boxed boxing bounding rectangle rectangles rectangular pinpoint whereabouts")
    add(
      .detection, 2,
      "find where location locations frame framed frames spot position positions identify presence "
        + "surround enclose encircle circle")
    add(
      .detection, 1, "outline border borders around search recognize highlight mark instances")
    add(.depth, 4, "depth depths")
    add(.depth, 4, "distance distances")
    add(.depth, 3, "distant monocular disparity")
    add(
      .depth, 2,
      "farther nearer closer further proximity three-dimensional 3d depth-map metric")
    add(.depth, 1, "near far deep meters range close away")
    return table
  }()

  private static let pairWeights: [String: Weights] = [
    "how far": [(.depth, 4)], "how deep": [(.depth, 4)], "how close": [(.depth, 4)],
    "how near": [(.depth, 4)], "how distant": [(.depth, 2)], "far away": [(.depth, 2)],
    "meters away": [(.depth, 2)], "range image": [(.depth, 3)], "range map": [(.depth, 3)],
    "cut out": [(.segmentation, 2)], "break down": [(.segmentation, 3)],
    "cut the": [(.segmentation, 1)], "point out": [(.detection, 2)],
    "track down": [(.detection, 2)], "look for": [(.detection, 2)],
    "looking for": [(.detection, 2)], "black background": [(.segmentation, 2)],
  ]
}
