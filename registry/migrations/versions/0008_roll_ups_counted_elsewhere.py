"""roll-ups counted elsewhere"""

import sqlalchemy as sa
from alembic import op


revision = '0008'
down_revision = '0007'

USAGE = ('cases', 'decisions', 'inspections', 'penalties', 'coercions')
PROCEDURE = (
    *('summary', 'ordinary', 'fined_ordinary', 'within_limit', 'timed', 'overdue', 'filed'),
    *('withdrawn', 'review_required', 'review_not_required', 'review_unknown', 'reviewed'),
    'unreviewed_decisions',
)


def of_batch(name: str, *columns: sa.Column) -> None:
    op.create_table(name,
    *columns,
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['batch.id'], ),
    *(sa.ForeignKeyConstraint([c.name], [f'{c.name[:-3]}.id'], ) for c in columns if c.name.endswith('_id')),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f(f'ix_{name}_batch_id'), name, ['batch_id'], unique=False)


def keys() -> list[sa.Column]:
    return [
        sa.Column('month', sa.Integer(), nullable=False),
        sa.Column('unit_id', sa.Integer(), nullable=False),
        sa.Column('power_id', sa.Integer(), nullable=True),
    ]


def counts(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]


def upgrade() -> None:
    fine = sa.Column('fine_fen', sa.BigInteger(), nullable=False)
    of_batch('usage_part', *keys(), *counts(*USAGE), fine)
    of_batch('procedure_part', *keys(), *counts(*PROCEDURE))
    of_batch('fine_part', *keys(), sa.Column('fine_fen', sa.BigInteger(), nullable=False), *counts('cases'))
    of_batch('quarantine_part',
    sa.Column('unit_id', sa.Integer(), nullable=True),
    sa.Column('month', sa.Integer(), nullable=True),
    sa.Column('rows', sa.Integer(), nullable=False),
    )
    of_batch('review_part',
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('requested_on', sa.Date(), nullable=True),
    sa.Column('completed_on', sa.Date(), nullable=True),
    sa.Column('returned', sa.Boolean(), nullable=False),
    sa.Column('powers', sa.Text(), nullable=False),
    )


def downgrade() -> None:
    # Without its counts, a month that was counted elsewhere is not returned; the rest is recounted.
    elsewhere = "(select id from batch where kind = 'rollup')"
    op.execute(f"delete from document where name = 'rollup_law' and exists {elsewhere}")
    op.execute(f"delete from coverage where batch_id in {elsewhere}")
    for name in ('review_part', 'quarantine_part', 'fine_part', 'procedure_part', 'usage_part'):
        op.drop_index(op.f(f'ix_{name}_batch_id'), table_name=name)
        op.drop_table(name)
