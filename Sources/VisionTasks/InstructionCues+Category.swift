extension InstructionCues {
  /// The phrase that most looks like what is asked about, without its article; nil when none does.
  ///
  /// Every run of words after an article, a verb or a preposition that could be the name of a thing
  /// is judged by what stands around it.
  /// - Parameter places: words that are something else, the answer's colours.
  package static func category(in words: InstructionWords, avoiding places: [Range<Int>]) -> String?
  {
    var best: (score: Int, range: Range<Int>)?
    for start in 0..<words.count {
      guard let range = phrase(at: start, in: words), !places.contains(where: range.overlaps) else {
        continue
      }
      let score = score(of: range, in: words)
      if score >= 1, score > best?.score ?? 0 { best = (score, range) }
    }
    guard let best else { return nil }
    return CategoryGrammar.singular(of: words.written(best.range))
  }

  /// The longest run of name-like words from `start`, when a name can start there.
  private static func phrase(at start: Int, in words: InstructionWords) -> Range<Int>? {
    let isOpen =
      start == 0 || words[start - 1].endsClause || determiners.contains(words.canonical(start - 1))
      || cueScores[words.canonical(start - 1)] != nil
    guard isOpen, isNameLike(words.canonical(start)) else { return nil }
    let isGeneric = generic.contains(words.canonical(start))
    var end = start
    while end < words.count, end - start < 6, isNameLike(words.canonical(end)),
      end == start || generic.contains(words.canonical(end)) == isGeneric
        || isPartOfName(end, in: words)
    {
      end += 1
      if words[end - 1].endsClause || words[end - 1].isPossessive { break }
    }
    // "chest of drawers", but not "mask of dogs".
    if !isGeneric, end + 1 < words.count, words.canonical(end) == "of", end > start,
      !words[end - 1].endsClause, Self.containers.contains(words.canonical(end - 1)),
      isNameLike(words.canonical(end + 1))
    {
      end += 2
    }
    return start..<end
  }

  /// A generic word that ends a name and is followed by nothing that could be the object meant:
  /// "picture frame", "letter box", but not "dog mask".
  private static func isPartOfName(_ index: Int, in words: InstructionWords) -> Bool {
    ["light", "frame", "area"].contains(words.canonical(index))
  }

  private static func isNameLike(_ word: String) -> Bool {
    !word.isEmpty && !determiners.contains(word) && !stops.contains(word)
  }

  private static func score(of range: Range<Int>, in words: InstructionWords) -> Int {
    var before = range.lowerBound - 1
    var score = 0
    var hasDeterminer = false
    while before >= 0, determiners.contains(words.canonical(before)), !words[before].endsClause {
      hasDeterminer = true
      if ["every", "any"].contains(words.canonical(before)) { score += 1 }
      before -= 1
    }
    if hasDeterminer { score += 1 }
    if before >= 0, !words[before].endsClause {
      score += cueScores[words.canonical(before)] ?? 0
      // "all of the dogs", "any of them"
      if words.canonical(before) == "of", before > 0,
        determiners.contains(words.canonical(before - 1))
      {
        score += 1
      }
    }
    let last = range.upperBound - 1
    let after = words.canonical(range.upperBound)
    if !words[last].endsClause {
      if existence.contains(after) { score += 2 }
      if taskNouns.contains(after) { score += words[last].isPossessive ? 4 : 3 }
    }
    if generic.contains(words.canonical(range.lowerBound)) { score -= 3 }
    return score
  }

  private static func set(_ words: String) -> Set<String> {
    Set(words.split(separator: " ").map(String.init))
  }

  private static let determiners = set(
    "a the every any some no this that these those its their my your his her our single one at "
      + "least many")

  /// What stands before a phrase, and how much it speaks for the phrase being what is asked about.
  private static let cueScores: [String: Int] = {
    var table: [String: Int] = [:]
    func add(_ score: Int, _ words: String) {
      for word in set(words) { table[word] = score }
    }
    add(
      4,
      "segment detect find locate localize mask isolate extract outline spot box frame identify "
        + "recognize highlight mark separate split divide partition cut out down pick see contain "
        + "contains include includes containing including has have feature features depict depicts "
        + "shows spots delineate trace carve pinpoint surround enclose encircle circle detects "
        + "notice holds without exists exist whiten")
    add(0, "on onto over")
    add(3, "of for around where is are only just except by")
    add(
      1,
      "draw create make give put produce generate return output show display paint fill do run "
        + "perform use provide get indicate if when whenever unless me")
    add(-1, "with to")
    add(
      -3,
      "in from at within inside behind beside near using into as under above "
        + "through against via")
    return table
  }()

  private static let existence = set(
    "is are exists exist appears appear present visible can was were shows show")

  /// What can be made of a thing: "dog mask", "the dog's location".
  private static let taskNouns = set(
    "segmentation detection mask masks silhouette silhouettes box boxes location locations position "
      + "positions presence pixels outline outlines region shape contour contours cutout bounding "
      + "whereabouts segment segments area")

  /// Words that are rarely what is asked about.
  private static let generic = taskNouns.union(
    set(
      "image images background foreground object objects thing things instance instances part "
        + "parts piece pieces corner side left right center top bottom rectangle rectangles frame "
        + "frames border borders color colors pixel canvas map answer rest view order purpose "
        + "number sight stencil matte block square black white binary blue bounding help light "
        + "section sections full exact clean extent rectangular overlay solid shapes view anything")
  )

  private static let containers = set(
    "chest bunch piece pair glass cup bottle bowl box flock herd stack pile slice bouquet can")

  private static let stops = set(
    "in on at from with by using to into onto as and or but if when whenever unless whether where "
      + "which who whom what how that then than so because while please is are was were be been "
      + "being am exists exist appears appear present visible shown can could will would should may "
      + "might must do does did don't doesn't isn't aren't not none it them they he she you your me "
      + "my i we us our here there within inside behind beside near of for around over under above "
      + "across against via through throughout wherever everything anything something nothing "
      + "everywhere anywhere else otherwise yes provided case out down up off also too only just "
      + "both other others "
      + "segment detect find locate localize isolate extract identify recognize highlight mark "
      + "separate split divide partition cut see contain contains include includes containing "
      + "including has have feature features depict depicts shows show draw create make give put "
      + "produce generate return output display paint fill run perform use provide get indicate "
      + "turn color say tell help break want need try take let pick spot delineate trace carve "
      + "pinpoint surround enclose encircle detects notice holds without individual smaller "
      + "available employing utilizing clearly exactly precisely separately image's accurately segmented detected "
      + "framed boxed sits stands covers covered covering occupies occupy decides belongs belonging"
  )
}
