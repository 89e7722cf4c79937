"""Slow, obvious twin of `egide.kernels.laydown`: every value is worked out from scratch."""

import math

from egide.kernels.rng import uniform


def value(rows, base, worth, chosen):
    """Value of a choice: sensor's worth where sensed, and the layers that are cued."""
    indptr, indices, flags, amounts = rows
    counts = [[int(n) for n in line] for line in base]
    for option in chosen:
        for at in range(indptr[option], indptr[option + 1]):
            line, flag = counts[indices[at]], int(flags[at])
            line[0] += bool(flag & 1)
            line[1] += int(amounts[at]) if flag & 2 else 0
            line[2] += int(amounts[at]) if flag & 4 else 0
    total = 0.0
    for table, (sensed, engaged, cued) in zip(worth, counts, strict=True):
        layers = min(engaged if sensed else cued, len(table) - 2)
        total += (table[0] if sensed else 0.0) + table[1 + layers]
    return total


def is_allowed(board, chosen, kept_sites):
    """One unit a site, none where another stays, and units of a type not too near each other."""
    sites = [int(board.site[o]) for o in chosen]
    if len(set(sites)) < len(sites) or set(sites) & set(kept_sites):
        return False
    standing = [(int(board.site[o]), int(board.family[board.kind[o]])) for o in chosen]
    standing += [(site, int(board.kept_family[site])) for site in kept_sites]
    for number, (site, family) in enumerate(standing[: len(chosen)]):
        near = set(board.near[board.near_ptr[site] : board.near_ptr[site + 1]].tolist())
        for other, (there, of) in enumerate(standing):
            if other != number and of == family and there in near:
                return False
    return True


class Twin:
    """The rules of one instance, and moves tried one by one."""

    def __init__(self, board, rows, base, worth, guards, kept_sites):
        self.board, self.rows, self.base, self.kept = board, rows, base, kept_sites
        self.worth, self.guards = worth, guards

    def value(self, chosen):
        return value(self.rows, self.base, self.worth, chosen)

    def added(self, chosen, new):
        """Value that a changed choice adds; minus infinity when a rule or a guard forbids it."""
        if not is_allowed(self.board, new, self.kept):
            return -math.inf
        for guard in self.guards:
            if value(self.rows, self.base, guard, new) < value(self.rows, self.base, guard, chosen) - 1e-12:
                return -math.inf
        return self.value(new) - self.value(chosen)

    def improve(self, chosen):
        chosen, better = list(chosen), True
        while better:
            better = False
            for number, old in enumerate(chosen):
                kind = self.board.kind[old]
                best, best_added = old, 1e-12
                for option in range(self.board.kind_ptr[kind], self.board.kind_ptr[kind + 1]):
                    found = self.added(chosen, [*chosen[:number], option, *chosen[number + 1 :]])
                    if found > best_added:
                        best, best_added = option, found + 1e-12
                better |= best != old
                chosen[number] = best
        return chosen

    def exchange(self, chosen):
        chosen = list(chosen)
        for a in range(len(chosen)):
            for b in range(a + 1, len(chosen)):
                new = list(chosen)
                new[a], new[b] = self.moved(chosen[a], chosen[b]), self.moved(chosen[b], chosen[a])
                differ = self.board.kind[chosen[a]] != self.board.kind[chosen[b]]
                if differ and -1 not in new and self.added(chosen, new) > 1e-12:
                    chosen = new
        return chosen

    def moved(self, option, there):
        """The option with the same turn at the site of another option, -1 where there is none."""
        board, kind = self.board, self.board.kind[option]
        turns = board.turns[kind, board.site[there]]
        turn = option - board.first[kind, board.site[option]]
        return int(board.first[kind, board.site[there]] + min(turn, turns - 1)) if turns else -1

    def anneal(self, seed, round_, steps, hottest, coldest, wanted, chosen):
        """Best choice met; draws are those of the kernel."""
        board, chosen = self.board, list(chosen)
        best, heat = list(chosen), hottest
        for step in range(steps):
            if step % 1000 == 999:
                heat *= (coldest / hottest) ** (1000 / max(steps, 1000))
            a = int(uniform(seed, round_, 11, step) * len(chosen))
            kind = board.kind[chosen[a]]
            options = [o for o in wanted if board.kind[o] == kind]
            if not options:
                continue
            new = list(chosen)
            new[a] = options[int(uniform(seed, round_, 12, step) * len(options))]
            holders = [n for n, o in enumerate(chosen) if board.site[o] == board.site[new[a]] and n != a]
            if holders:
                (b,) = holders
                other, here = board.kind[chosen[b]], board.site[chosen[a]]
                if other == kind or not board.turns[other, here]:
                    continue
                turn = int(uniform(seed, round_, 14, step) * board.turns[other, here])
                new[b] = int(board.first[other, here]) + turn
            added = self.added(chosen, new)
            least = heat * math.log(uniform(seed, round_, 13, step))
            if added > least if holders else added >= least:
                chosen = new
            if self.value(chosen) > self.value(best) + 1e-12:
                best = list(chosen)
        return best
