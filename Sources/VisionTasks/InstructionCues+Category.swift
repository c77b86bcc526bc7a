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
    guard isOpen(start, in: words), isNameLike(words.canonical(start)) else { return nil }
    let head = endOfAdjectives(from: start, in: words)
    // Colours take after what they describe: a white mask is no thing to look for, a white
    // cat is.
    guard head < words.count, head == start || !words[head - 1].endsClause,
      isNameLike(words.canonical(head))
    else {
      return start..<head
    }
    let isGeneric = generic.contains(words.canonical(head))
    var end = head
    while end < words.count, end - start < longestName, isNameLike(words.canonical(end)),
      end == head || generic.contains(words.canonical(end)) == isGeneric
        || isPartOfName(end, in: words)
    {
      if end > head, !continuesName(end, in: words) { break }
      end += 1
      if words[end - 1].endsClause { break }
      if words[end - 1].isPossessive, !isOwner(end - 1, in: words) { break }
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

  /// Whether a phrase can start at `index`.
  private static func isOpen(_ index: Int, in words: InstructionWords) -> Bool {
    if index == 0 || words[index - 1].endsClause { return true }
    return isDeterminer(index - 1, in: words) || cueScores[words.canonical(index - 1)] != nil
  }

  /// Whether the word at `index` only says which one: "the", "the left", "the image's".
  private static func isDeterminer(_ index: Int, in words: InstructionWords) -> Bool {
    let word = words.canonical(index)
    if determiners.contains(word) { return true }
    guard index > 0, determiners.contains(words.canonical(index - 1)) else { return false }
    return sides.contains(word) || words[index].isPossessive && generic.contains(word)
  }

  /// Where the colours from `start` on end, "black and white" being one.
  private static func endOfAdjectives(from start: Int, in words: InstructionWords) -> Int {
    var end = start
    while end < words.count, adjectives.contains(words.canonical(end)) {
      end += 1
      if words[end - 1].endsClause { break }
      if joinsColors(end, in: words) {
        // Not "white and black": there has to be something that is both.
        let next = endOfAdjectives(from: end + 1, in: words)
        if !words[next - 1].endsClause, isNameLike(words.canonical(next)) { return next }
        break
      }
    }
    return end
  }

  /// Whether `index` is the "and" of "black and white".
  static func joinsColors(_ index: Int, in words: InstructionWords) -> Bool {
    ["and", "or"].contains(words.canonical(index))
      && adjectives.contains(words.canonical(index - 1))
      && adjectives.contains(words.canonical(index + 1))
      && !words[index - 1].endsClause && !words[index].endsClause
  }

  /// Whether the word at `index`, which isn't the first of its phrase, is still in the phrase.
  private static func continuesName(_ index: Int, in words: InstructionWords) -> Bool {
    let word = words.canonical(index)
    let next = words.canonical(index + 1)
    let isFollowedByName =
      !words[index].endsClause && isNameLike(next) && !generic.contains(next)
    // "A person wearing a hat", but "a man's running shoe".
    if participles.contains(word) { return isFollowedByName }
    // "Turn the dog white", but "a Russian Blue" and "a snow white horse".
    guard adjectives.contains(word), !isPartOfName(index, in: words) else { return true }
    let isProperName =
      words[index].written.first?.isUppercase == true
      && words[index - 1].written.first?.isUppercase == true
    return isProperName || isFollowedByName && !adjectives.contains(next)
  }

  /// Whether what belongs to the thing at `index` is a thing itself: "the dog's tail", but not
  /// "the dog's outline".
  private static func isOwner(_ index: Int, in words: InstructionWords) -> Bool {
    var end = index + 1
    while end < words.count, end - index <= longestName, isNameLike(words.canonical(end)) {
      if generic.contains(words.canonical(end)) { return false }
      end += 1
      if words[end - 1].endsClause { break }
    }
    return end > index + 1
  }

  /// A generic word that ends a name and is followed by nothing that could be the object meant:
  /// "picture frame", "letter box", but not "dog mask".
  private static func isPartOfName(_ index: Int, in words: InstructionWords) -> Bool {
    ["light", "frame", "area"].contains(words.canonical(index))
  }

  /// Whether a name can have `word` in it.
  static func isNameLike(_ word: String) -> Bool {
    !word.isEmpty && !determiners.contains(word) && !stops.contains(word) && !word.hasSuffix("n't")
  }

  /// Whether `word` speaks of pictures and answers rather than of things in them.
  static func isGeneric(_ word: String) -> Bool { generic.contains(word) }

  /// Whether `word` is an article or the like.
  static func isDeterminer(_ word: String) -> Bool { determiners.contains(word) }

  /// Whether the word at `index` is a colour that describes a thing: "the white cat", but neither
  /// "a white mask" nor "turn it white".
  static func describesThing(_ index: Int, in words: InstructionWords) -> Bool {
    guard adjectives.contains(words.canonical(index)) else { return false }
    let head = endOfAdjectives(from: index, in: words)
    let word = words.canonical(head)
    return !words[head - 1].endsClause && isNameLike(word) && !generic.contains(word)
  }

  private static func score(of range: Range<Int>, in words: InstructionWords) -> Int {
    var before = range.lowerBound - 1
    var score = 0
    var hasDeterminer = false
    let head = min(endOfAdjectives(from: range.lowerBound, in: words), range.upperBound - 1)
    let isGeneric =
      generic.contains(words.canonical(head)) || adjectives.contains(words.canonical(head))
    while before >= 0, isDeterminer(before, in: words), !words[before].endsClause {
      hasDeterminer = true
      if ["every", "any"].contains(words.canonical(before)) { score += 1 }
      before -= 1
    }
    if hasDeterminer { score += 1 }
    if before >= 0, !words[before].endsClause {
      let cue = words.canonical(before)
      // "The parts belonging to the dog", "pictures with a dog"
      let linked = words.canonical(before - 1)
      let isLinked =
        cue == "with" && (linked == "image" || linked == "images")
        || ["to", "with"].contains(cue) && links.contains(linked)
      score += isLinked ? 3 : cueScores[cue] ?? 0
      // "all of the dogs", "any of them"
      if cue == "of", before > 0,
        determiners.contains(words.canonical(before - 1))
      {
        score += 1
      }
    }
    let last = range.upperBound - 1
    let after = words.canonical(range.upperBound)
    if !words[last].endsClause {
      if existence.contains(after) { score += 2 }
      if !isGeneric, taskNouns.contains(after) {
        // "An orange mask" may be a mask in orange.
        let isColor = NamedColor(words.written(range)) != nil
        score += isColor ? 1 : words[last].isPossessive ? 4 : 3
      }
    }
    return isGeneric ? score - 3 : score
  }

  private static func set(_ words: String) -> Set<String> {
    Set(words.split(separator: " ").map(String.init))
  }

  private static let determiners = set(
    "a the every any some no this that these those its their my your his her our single one at "
      + "least many")
  private static let sides = set("left right top bottom upper lower center front rear middle")

  /// What describes a thing, or the answer, by its colour. Oranges, limes and the like are things.
  private static let adjectives = set(
    "white black blue red green yellow purple brown pink gray cyan magenta violet maroon turquoise "
      + "beige binary light dark bright pale")
  private static let participles = set(
    "wearing dressed standing sitting lying walking running holding riding sleeping carrying "
      + "eating "
      + "looking facing playing flying swimming jumping")
  private static let links = set(
    "corresponding belonging belong belongs related relating pertaining associated")
  private static let longestName = 6

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
        + "notice holds without exists exist whiten showing")
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
    "segmentation detection mask masks silhouette silhouettes box boxes location locations "
      + "position "
      + "positions presence pixels outline outlines region shape contour contours cutout bounding "
      + "whereabouts segment segments area")

  /// Words that are rarely what is asked about.
  private static let generic = taskNouns.union(
    set(
      "image images background foreground object objects thing things instance instances part "
        + "parts piece pieces corner side left right center top bottom rectangle rectangles frame "
        + "frames border borders color colors pixel canvas map answer rest view order purpose "
        + "number sight stencil matte block square bounding help "
        + "section sections full exact clean extent rectangular overlay solid shapes view anything")
  )

  private static let containers = set(
    "chest bunch piece pair glass cup bottle bowl box flock herd stack pile slice bouquet can")

  private static let stops = set(
    "in on at from with by using to into onto as and or but if when whenever unless whether where "
      + "which who whom what how that then than so because while please is are was were be been "
      + "being am exists exist appears appear present visible shown can could will would should "
      + "may "
      + "might must do does did don't doesn't isn't aren't not none it them they he she you your "
      + "me "
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
      + "available employing utilizing clearly exactly precisely separately image's accurately "
      + "segmented detected framed boxed sits stands covers covered covering occupies occupy "
      + "decides belongs belonging "
      + "corresponding related relating pertaining associated showing absent absence missing lacks "
      + "lacking lack nowhere nobody never fail fails unable devoid gone unseen cannot next mean "
      + "means meaning"
  )
}
