/* The tree of page tables: see tree.h. */

#include "tree.h"
#include <sbi/paging.h>

static pte_t *table_at(paddr_t pa)
{
    return phys_to_virt(pa);
}

/* Counts one more used entry of a node. */
static inline void node_use(struct frame *node, unsigned index)
{
    if (node->used++ == 0) {
        node->first = node->last = index;
        return;
    }
    if (index < node->first)
        node->first = index;
    if (index > node->last)
        node->last = index;
}

static void root_copy_kernel(pte_t *root)
{
    const pte_t *kernel = table_at(kernel_root);

    for (unsigned i = 0; i < kernel_root_count; i++)
        root[kernel_root_used[i]] = kernel[kernel_root_used[i]];
}

err_t tree_init(struct tree *tree, struct pool *pool)
{
    paddr_t root;
    err_t err = pool_take_frame(pool, FRAME_NODE, true, &root);

    if (err)
        return err;
    root_copy_kernel(table_at(root));
    *tree = (struct tree){ .root = root, .pool = pool, .nodes = 1 };
    return 0;
}

/* Pages from addr to where the next used entry of its node of `level` begins, or to where the node ends. */
static size_t pages_to_next(const pte_t *table, vaddr_t addr, unsigned level)
{
    const struct frame *node = frame_of(virt_to_phys(table));
    unsigned index = sv39_index(addr, level) + 1;

    if (index < node->first)
        index = node->first;
    while (index <= node->last && !table[index])
        index++;
    if (!node->used || index > node->last)
        index = SV39_ENTRIES;
    return ((addr & ~(sv39_span(level + 1) - 1)) + index * sv39_span(level) - addr) >> TINE_PAGE_SHIFT;
}

void tree_find(const struct tree *tree, vaddr_t addr, size_t npages, struct tree_leaf *leaf, size_t *skip)
{
    pte_t *table = table_at(tree->root);
    pte_t pte = table[sv39_index(addr, 2)];
    unsigned first = sv39_index(addr, 0);
    size_t here = SV39_ENTRIES - first;

    leaf->entry = NULL;
    if (!pte) {
        *skip = pages_to_next(table, addr, 2);
        return;
    }
    table = table_at(pte_paddr(pte));
    pte = table[sv39_index(addr, 1)];
    if (!pte) {
        *skip = pages_to_next(table, addr, 1);
        return;
    }
    *skip = here;
    leaf->entry = table_at(pte_paddr(pte));
    leaf->frame = frame_of(pte_paddr(pte));
    leaf->first = first > leaf->frame->first ? first : leaf->frame->first;
    leaf->end = first + (npages < here ? npages : here);
    if (leaf->end > leaf->frame->last + 1u)
        leaf->end = leaf->frame->last + 1u;
}

/* The table below entry `index` of `table`, made if missing. */
static err_t descend(struct tree *tree, paddr_t table, unsigned index, paddr_t *below)
{
    pte_t *entry = &table_at(table)[index];
    err_t err;

    if (*entry) {
        *below = pte_paddr(*entry);
        return 0;
    }
    err = pool_take_frame(tree->pool, FRAME_NODE, true, below);
    if (err)
        return err;
    *entry = pte_make(*below, PTE_V);
    node_use(frame_of(table), index);
    tree->nodes++;
    return 0;
}

err_t tree_reach(struct tree *tree, vaddr_t addr, size_t npages, struct tree_leaf *leaf)
{
    unsigned first = sv39_index(addr, 0);
    size_t here = SV39_ENTRIES - first;
    paddr_t middle, table;
    err_t err = descend(tree, tree->root, sv39_index(addr, 2), &middle);

    if (err)
        return err;
    err = descend(tree, middle, sv39_index(addr, 1), &table);
    if (err) {
        tree_prune(tree, addr);
        return err;
    }
    leaf->entry = table_at(table);
    leaf->frame = frame_of(table);
    leaf->first = first;
    leaf->end = first + (npages < here ? npages : here);
    return 0;
}

void tree_set(struct tree *tree, struct tree_leaf *leaf, unsigned index, pte_t pte)
{
    leaf->entry[index] = pte;
    node_use(leaf->frame, index);
    tree->pages++;
}

static void page_put(pte_t pte)
{
    struct frame *frame = frame_counted(pte_paddr(pte));

    if (frame)
        frame_put(pte_paddr(pte));
}

void tree_clear(struct tree *tree, struct tree_leaf *leaf, unsigned index)
{
    pte_t pte = leaf->entry[index];

    leaf->entry[index] = 0;
    leaf->frame->used--;
    tree->pages--;
    page_put(pte);
}

/* Gives back the table below entry `index` of `table` if it is empty. Returns whether it did. */
static bool prune(struct tree *tree, paddr_t table, unsigned index)
{
    pte_t *entry = &table_at(table)[index];
    paddr_t below = pte_paddr(*entry);

    if (!*entry || frame_of(below)->used)
        return false;
    *entry = 0;
    frame_of(table)->used--;
    tree->nodes--;
    frame_put_zeroed(below);
    return true;
}

void tree_prune(struct tree *tree, vaddr_t addr)
{
    pte_t middle = table_at(tree->root)[sv39_index(addr, 2)];

    if (!middle)
        return;
    prune(tree, pte_paddr(middle), sv39_index(addr, 1));
    prune(tree, tree->root, sv39_index(addr, 2));
}

void tree_clone_entries(struct tree *to, struct tree_leaf *to_leaf, struct tree_leaf *from)
{
    pte_t *source = from->entry;
    pte_t *target = to_leaf->entry;
    unsigned count = 0, last = 0, first = SV39_ENTRIES;

    for (unsigned i = from->first; i < from->end; i++) {
        pte_t pte = source[i];
        struct frame *frame;

        if (!pte)
            continue;
        if (pte & (PTE_W | PTE_MAY_WRITE)) {
            pte = (pte & ~(PTE_W | PTE_D)) | PTE_COW;
            source[i] = pte;
        }
        frame = frame_counted(pte_paddr(pte));
        if (frame)
            frame->refs++;
        target[i] = pte;
        if (count++ == 0)
            first = i;
        last = i;
    }
    if (!count)
        return;
    if (!to_leaf->frame->used || first < to_leaf->frame->first)
        to_leaf->frame->first = first;
    if (!to_leaf->frame->used || last > to_leaf->frame->last)
        to_leaf->frame->last = last;
    to_leaf->frame->used += count;
    to->pages += count;
}

static unsigned first_used(const pte_t *table, const struct frame *node)
{
    unsigned index = node->first;

    while (!table[index])
        index++;
    return index;
}

bool tree_dismantle(struct tree *tree)
{
    struct frame *root = frame_of(tree->root), *middle;
    struct tree_leaf leaf;
    unsigned top, index;
    pte_t *table;

    if (!root->used)
        return false;
    top = first_used(table_at(tree->root), root);
    root->first = top;
    table = table_at(pte_paddr(table_at(tree->root)[top]));
    middle = frame_of(virt_to_phys(table));
    index = first_used(table, middle);
    middle->first = index;
    leaf.entry = table_at(pte_paddr(table[index]));
    leaf.frame = frame_of(pte_paddr(table[index]));
    for (unsigned i = leaf.frame->first; leaf.frame->used; i++)
        if (leaf.entry[i])
            tree_clear(tree, &leaf, i);
    prune(tree, virt_to_phys(table), index);
    prune(tree, tree->root, top);
    return true;
}

void tree_free(struct tree *tree)
{
    pte_t *root = table_at(tree->root);

    for (unsigned i = 0; i < kernel_root_count; i++)
        root[kernel_root_used[i]] = 0;
    frame_put_zeroed(tree->root);
    tree->root = 0;
    tree->nodes = 0;
}
